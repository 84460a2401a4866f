/**
 * Every member of Harper 4.7.29 and of its store (lmdb-js) that we use and that their own types lack, with the
 * necessary casts. When Harper changes, check this file first: no other file of the project casts a value of Harper.
 */
import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest, ServerHttp2Stream } from 'node:http2';
import type { Server as NetServer, Socket } from 'node:net';
import type { Duplex, Readable } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { WebSocket } from 'ws';
import { databases, Resource, server, tables, type Context } from 'harperdb';

declare global {
	/** All tables by database and name, where Harper has set it. */
	var hdb_schema: unknown;
	/**
	 * Runs `action` in one transaction of `context`. Commits when `action` resolves, aborts when it throws.
	 * A global, because Node does not find it among the package's named exports.
	 */
	function transaction<T>(context: Context, action: () => T): T;
}

export type User = Context['user'];

// ------------------------------------------------------ documented members with unsuitable types: api/ uses only these

/** Harper's types describe instance methods. Its protocols call static methods, which have no types. */
export const SignTable = () => tables.Sign as any;
export const RejectionTable = () => tables.Rejection as any;
export const StaticResource = Resource as any;

/** The current state of the account. Rejects when it was removed or is inactive. */
export const accountNow = (username: string) => server.getUser(username, null, {} as never) as Promise<User>;

/** The account, if the password is right. Rejects otherwise. */
export const checkPassword = (username: string, password: string, request: object) =>
	server.authenticateUser(username, password, request as never) as Promise<NonNullable<User>>;

/**
 * The context of a write by this application. Harper uses its `timestamp` (in ms since 1970), and checks the role of
 * `user` if `authorize` is set.
 */
export const writeContext = (fields: { timestamp: number; user?: User; authorize?: boolean }) =>
	fields as unknown as Context;

/** The transaction that runs with this context. */
export const transactionOf = (context: Context) => (context as unknown as { transaction: Transaction }).transaction;

/** The socket of a request. The context of an MQTT session has it; an HTTP request has that of Node. */
export function socketOf(context: Context): { destroy?(): void; terminate?(): void } | undefined {
	const { socket, _nodeRequest } = context as unknown as {
		socket?: { destroy?(): void; terminate?(): void };
		_nodeRequest?: { socket: Socket };
	};
	return socket ?? _nodeRequest?.socket;
}

/** The number of the open file of an HTTP request's connection; undefined when it is closed. */
export function fileOf(context: Context): number | undefined {
	const { _nodeRequest } = context as unknown as { _nodeRequest?: { socket: { _handle?: { fd?: number } } } };
	const file = _nodeRequest?.socket._handle?.fd;
	return file !== undefined && file >= 0 ? file : undefined;
}

// ------------------------------------------------------------------------------------------------------ HTTP, WebSocket

/** The request that Harper passes to a class as its context. */
export const requestOf = (context: Context) => context as unknown as HttpRequest;

/** The headers of an HTTP request, or of the request that opened a WebSocket. */
export interface Headers {
	asObject: Record<string, string | undefined>;
}

/** An HTTP request, or a request to open a WebSocket. */
export interface HttpRequest {
	method: string;
	url: string;
	headers: Headers;
	user?: User;
	/** Whether the request opens a WebSocket. */
	isWebSocket?: boolean;
	_nodeRequest: IncomingMessage;
}

/** The stream of a request over HTTP/2; undefined over HTTP/1.1. Node's class for such a request has it. */
export const http2StreamOf = ({ _nodeRequest }: Pick<HttpRequest, '_nodeRequest'>): ServerHttp2Stream | undefined =>
	(_nodeRequest as IncomingMessage & Partial<Pick<Http2ServerRequest, 'stream'>>).stream;

/** Node does not export the class of the HTTP/2 servers. */
export const isHttp2Server = (server: NetServer) => server.constructor.name === 'Http2SecureServer';

/** Sets what Harper reads as the address of a request's client. */
export const setIp = (request: HttpRequest, ip: string | undefined) =>
	Object.defineProperty(request, 'ip', { value: ip, configurable: true });

/** Sets what everything reads as the address of a socket's peer. A WebSocket has none of its own. */
export const setAddress = (socket: Socket | WebSocket, address: string | undefined) =>
	Object.defineProperty(socket, 'remoteAddress', { value: address, configurable: true });

/** The TCP connection below TLS. */
export const socketBelow = (socket: TLSSocket) => (socket as TLSSocket & { _parent?: Socket })._parent;

export interface HttpResponse {
	status: number;
	headers?: globalThis.Headers | Record<string, string> | undefined;
	/** Undefined for a HEAD. Harper also returns bytes and streams. */
	body?: string | Uint8Array | Readable | Promise<Uint8Array> | undefined;
}

/**
 * Sets a header of a response. Harper's responses have an object like `Headers`, those of the cures may have a record, and
 * the refusal of a wrong password has none.
 */
export function setHeader(response: HttpResponse, name: string, value: string): void {
	const headers = (response.headers ??= {});
	if (typeof headers.set === 'function') headers.set(name, value);
	else (headers as Record<string, string>)[name] = value;
}

/** Removes a header of a response. Harper's object has their names in lower case. */
export function removeHeader({ headers = {} }: HttpResponse, name: string): void {
	if (typeof headers.delete === 'function') headers.delete(name.toLowerCase());
	else delete (headers as Record<string, string>)[name];
}

export function hasHeader({ headers = {} }: HttpResponse, name: string): boolean {
	return typeof headers.has === 'function' ? headers.has(name) : name in headers;
}

type HttpResult = HttpResponse | undefined | Promise<HttpResponse | undefined>;

/** `next` passes the request to the listeners that were added earlier, and finally to Harper. */
export type HttpListener = (request: HttpRequest, next: (request: HttpRequest) => HttpResult) => HttpResult;

/** `completion` settles when the login is checked, also when it is refused. */
export type WebSocketListener = (
	socket: WebSocket,
	request: HttpRequest,
	completion: Promise<unknown>,
	next: (socket: WebSocket, request: HttpRequest, completion: Promise<unknown>) => unknown
) => unknown;

type UpgradeListener = (
	request: IncomingMessage,
	socket: Duplex,
	head: Buffer,
	next: (request: IncomingMessage, socket: Duplex, head: Buffer) => unknown
) => unknown;

/** What Harper reads and writes one content type with. HTTP, WebSocket and MQTT over WebSocket share them. */
export interface ContentType {
	/** The Content-Type of an answer, if it is not the name of the type. */
	type?: string;
	deserialize?(body: Buffer | string): unknown;
	/** Without a response: the body of a 401, and the messages of a WebSocket. */
	serialize?(data: unknown, response?: HttpResponse): unknown;
	serializeStream?(rows: unknown, response: HttpResponse): unknown;
}

/**
 * Returns the account when the password is right, and rejects otherwise. Without a password it only looks up the
 * account. Harper's function has more parameters.
 */
export type CheckLogin = (
	username: string,
	password?: string | null,
	request?: { headers: Headers; _nodeRequest?: IncomingMessage } | null
) => Promise<User>;

interface Server {
	/** The settings of harperdb-config.yaml. */
	config?: { logging?: { auditAuthEvents?: { logFailed?: boolean } } };
	http(listener: HttpListener, options: { runFirst: true }): void;
	ws(listener: WebSocketListener, options: { runFirst: true }): void;
	upgrade(listener: UpgradeListener, options: { runFirst: true }): void;
	contentTypes: Map<string, ContentType>;
	/** Checks every login except that of `Session`. */
	getUser: CheckLogin;
	/** Checks the login of `Session`. */
	authenticateUser: CheckLogin;
	/** `getThisNodeId` returns the id of this node in an audit log; undefined before it has one. */
	replication?: { getThisNodeId(auditStore: object): number | undefined };
	recordAnalytics(value: number, metric: string, path: string, method: string, type: string): void;
	/** Undefined on a Harper that speaks no MQTT. */
	mqtt?: MqttServer;
}

export const harperServer = server as unknown as Server;

/**
 * Calls `listener` for each HTTP request, before Harper reads the login or a body. The listener added last is called
 * first.
 */
export const onHttp = (listener: HttpListener) => harperServer.http(listener, { runFirst: true });

/**
 * Calls `listener` for each request to open a WebSocket, before it is opened. The listener added last is called first.
 */
export const onUpgrade = (listener: UpgradeListener) => harperServer.upgrade(listener, { runFirst: true });

/** Calls `listener` for each WebSocket, before Harper listens to it. The listener added last is called first. */
export const onWebSocket = (listener: WebSocketListener) => harperServer.ws(listener, { runFirst: true });

/** Writes an entry of Harper's own log of logins. */
export const logAuthEvent = (entry: object) =>
	(logger as unknown as { loggerWithTag(tag: string): typeof logger }).loggerWithTag('auth-event').error?.(entry);

// ---------------------------------------------------------------------------------------------------------------- MQTT

/** A packet as mqtt-packet parses it. */
export interface Packet {
	cmd?: string;
	/** PUBLISH only. */
	topic?: string;
	/** PUBLISH only. */
	qos?: 0 | 1 | 2;
	messageId?: number;
	/** CONNECT only. */
	clientId?: string;
	/** CONNECT only: 4 is MQTT 3.1.1. */
	protocolVersion?: number;
	/** CONNECT only. */
	clean?: boolean;
	/** CONNECT only. */
	will?: Will;
}

/**
 * Harper replaces the payload with the decoded `data`, and adds the key and the account before it stores the will.
 */
export interface Will {
	/** The key of the stored will: the session; on later Harpers the session and a name of the connection. */
	id?: string | [session: string, connection: string];
	topic: string;
	properties?: { willDelayInterval?: number };
	retain?: boolean;
	data?: unknown;
}

/** A TCP or TLS socket, or a WebSocket. */
export type MqttSocket = (Socket | WebSocket) & {
	/** Decodes payloads. Without it Harper decodes by the content type of the WebSocket. */
	deserialize?: (payload: Buffer) => unknown;
};

/** One filter of a SUBSCRIBE. */
export interface Subscription {
	topic: string;
	qos: 0 | 1 | 2;
	/** Retain handling; MQTT 5 only. */
	rh?: number;
	/** Durable sessions only: the client has acknowledged all events before this time, in ms since 1970. */
	startTime?: number;
}

/** Sends a message. If it returns false, Harper ends the subscription. */
type Listener = (
	topic: string,
	message: unknown,
	messageId: number,
	subscription: Subscription
) => boolean | Promise<boolean>;

/** One connection of a client. */
export interface MqttSession {
	sessionId: string;
	user: User;
	subscriptions: { topic: string; qos: 0 | 1 | 2; startTime?: number; end(): void }[];
	/** Durable sessions only: the stored state. */
	sessionRecord?: { subscriptions?: object[] };
	/** If set, Harper resumes the session. */
	sessionWasPresent?: boolean;
	/**
	 * Stores a PUBLISH. Harper acknowledges it when this resolves, and does not wait for that before it reads the next
	 * packet.
	 */
	publish(packet: Packet, data: unknown): Promise<unknown>;
	/** Restores the subscriptions of a durable session. */
	resume(...args: unknown[]): Promise<unknown>;
	/** Called for each filter of a SUBSCRIBE. */
	addSubscription(subscription: Subscription, isKept: boolean): Promise<{ qos: number } | undefined>;
	/**
	 * Durable sessions only: adds a stored or a new subscription. `isKept`: events without an acknowledgement are sent
	 * again.
	 */
	resumeSubscription?(subscription: Subscription, isKept: boolean, filter?: unknown): Promise<unknown>;
	/** Durable sessions only: stores the subscriptions. */
	saveSubscriptions?(): void;
	/**
	 * Called for each filter of an UNSUBSCRIBE.
	 * @returns whether there was such a subscription, for the UNSUBACK of MQTT 5
	 */
	removeSubscription(topic: string): unknown;
	/** Called for a PUBACK or PUBCOMP. */
	acknowledge(messageId: number): void;
	/** Sets the function that sends messages. */
	setListener(listener: Listener): void;
	/**
	 * Harper calls it when the connection ends; `properly` is true after a DISCONNECT. Resolves when the will is
	 * published.
	 */
	disconnect(properly?: boolean): void | Promise<void>;
}

interface MqttServer {
	/** Harper calls it for every CONNECT, before it sends the CONNACK. Throws to refuse the connection. */
	authorizeClient?: (packet: Packet, user: User) => void;
	events: {
		on(event: 'error', listener: (error: Error, socket: unknown, packet?: Packet, session?: MqttSession) => void): void;
		emit(event: 'error', error: Error, socket: MqttSocket, packet: Packet, session: MqttSession): void;
		/** Emitted before Harper listens to the socket. */
		on(event: 'connection', listener: (socket: MqttSocket) => void): void;
		/** Emitted before Harper sends the CONNACK. */
		on(event: 'connected', listener: (session: MqttSession, socket: MqttSocket) => void): void;
	};
}

/** Undefined on a Harper that speaks no MQTT. */
export const mqttServer = () => harperServer.mqtt;

/** The TCP socket of a connection. */
export const tcpSocketOf = (socket: MqttSocket): Socket =>
	'send' in socket ? (socket as unknown as { _socket: Socket })._socket : socket;

/**
 * Replaces the method with which Harper sends a packet by `send`.
 * @returns the socket's own method
 */
export function interceptSending(socket: MqttSocket, send: (packet: Buffer) => void): (packet: Buffer) => unknown {
	const method = 'send' in socket ? 'send' : 'write';
	// Harper passes one packet to both methods; their types allow many more forms
	const sender = socket as unknown as Record<typeof method, (packet: Buffer) => unknown>;
	const own = sender[method].bind(socket);
	// Node replaces `write` when the client has closed its side. The setter ignores that: `send` still gets the packets.
	Object.defineProperty(sender, method, { get: () => send, set() {} });
	return own;
}

/** The MQTT socket and the topic of a subscription. */
export const subscriptionOf = (context: Context) => context as unknown as { socket: MqttSocket; topic: string };

/** Counts a sent message in Harper's analytics, as Harper does for its own messages. */
export function recordSent(bytes: number, table: string, type: string): void {
	harperServer.recordAnalytics(bytes, 'bytes-sent', table, type, 'mqtt');
}

/** Closes a connection at once, without sending the data that is still buffered. */
export const destroy = (socket: MqttSocket) => ('send' in socket ? socket.terminate() : socket.destroy());

// --------------------------------------------------------------------------------------------------- tables, the store

export type TableName = 'Sign' | 'Rejection';

/** A stored row with its metadata. A removed row stays for a while without its value. */
export interface Entry {
	/**
	 * The timestamp of the latest write, in ms since 1970; each late write makes it a little later (late-writes.ts).
	 */
	version: number;
	/**
	 * The time of the commit on this node, in ms since 1970: its key in the audit log. Smaller values are flags of
	 * Harper.
	 */
	localTime: number;
	value: object | null;
}

/** Converts rows to bytes and back. */
interface Encoder {
	decode(...args: unknown[]): unknown;
	encode(row: object, ...args: unknown[]): unknown;
	/** The prototype of rows. */
	structPrototype: object;
}

interface KeyRange {
	start?: string | false;
	end?: string;
	exclusiveStart?: boolean;
	limit?: number;
	reverse?: boolean;
	snapshot?: false;
}

/** A store, with the undocumented methods of lmdb-js. */
export interface Store {
	encoder: Encoder;
	env: { path: string };
	getRange(range: KeyRange): Iterable<Entry & { key: string }>;
	getKeysCount(range: KeyRange): number;
	getKeys(range: KeyRange): Iterable<string>;
	getEntry(id: string): Entry | undefined;
	put(id: string, row: object | null, options?: { version?: number }, ...rest: unknown[]): Promise<boolean>;
	transaction(action: () => void): Promise<unknown>;
	/** Takes the lock, or returns false and calls `mayBeFree` when the lock may be free. Harper itself uses it. */
	tryLock(id: string, mayBeFree?: () => void): boolean;
	unlock(id: string): void;
	/** Ends the thread's read snapshot. A store of Harper 5 has none. */
	resetReadTxn?(): void;
	/** Returns the same memory to every thread that uses this name. The initial value of the first call counts. */
	getUserSharedBuffer(name: string, initial: ArrayBuffer): ArrayBuffer;
}

/** An event as a subscriber with `rawEvents` gets it from Harper. */
export interface RawEvent {
	id: string;
	type: string;
	localTime: number;
	version: number;
}

/** An entry of the audit log, as a subscriber with `rawEvents` and `previousCount` gets it. */
export interface AuditEntry extends RawEvent {
	/** The fields of the write. */
	value?: object | null;
	/** The name of the account. */
	user?: string;
	/** The `localTime` of the entry before it of the same row; undefined if it is the first. */
	previousLocalTime: number | undefined;
}

/** Harper's queue of events for a subscription. */
export interface RawEvents extends AsyncIterable<RawEvent> {
	on(event: 'data', listener: (event: RawEvent) => void): void;
	end(): void;
}

/** A write from another node, or the end of a transaction. */
export interface ReplicatedWrite {
	type: string;
	/** End of a transaction only: Harper calls it after the commit. */
	onCommit?(): unknown;
	/** End of a transaction only: how far the other node is, in ms since 1970 by its clock. */
	localTime?: number;
	/** End of a transaction only: the ids of the nodes whose writes the connection brings. The first is the other node. */
	remoteNodeIds?: number[];
	/** The account: its name, as the other node sends it. */
	user?: string | { username: string };
}

interface Table {
	primaryStore: Store;
	auditStore: { getKeys(range: KeyRange): Iterable<unknown>; resetReadTxn?(): void };
	/** The sources of its writes. */
	sources: { isReplicator?: boolean; subscription: { send(write: ReplicatedWrite): void } }[];
	subscribe(request: object, context: object): Promise<RawEvents>;
	prototype: Row;
}

/** A running transaction of Harper. */
export interface Transaction {
	/** The timestamp of its writes, in ms since 1970. Harper reads it when it commits. */
	timestamp: number;
	writes: Write[];
}

/** A change of one row in a transaction of Harper. */
export interface Write {
	key: string;
	/** The row as Harper has read it for this write; undefined if there has never been one. */
	entry: Entry | undefined;
	/** Synchronous. Harper calls it again, with a higher `retries`, when the row has changed in the meantime. */
	commit(timestamp: number, entry: Entry | undefined, retries: number): void;
}

/** Harper's instance of a row, for a write. */
export interface Row {
	getContext(): Context & { transaction?: Transaction };
	_writeUpdate(id: string, update: object, isFull: boolean, options?: object): void;
	_writeDelete(id: string, options?: object): void;
}

/** What the cures ask (asks.ts). */
export const thisHarper = () => ({ server: harperServer, sign: table('Sign') });

export const table = (name: TableName) => tables[name] as unknown as Table;
export const store = (name: TableName) => table(name).primaryStore;

/**
 * The store of durable MQTT sessions. The key is the client id, with the account before it. A removed row stays for a
 * while without its value.
 */
export const durableSessions = () => databases.system!.hdb_durable_session!.primaryStore as unknown as Store;

/** One table of each replicated database. */
const replicatedTables = () => [tables.Sign, databases.system!.hdb_user] as unknown as Table[];

/** Calls `listener` for each write of another node, and each end of a transaction, before this thread gets it. */
export function onReplicatedWrite(listener: (write: ReplicatedWrite) => void): void {
	for (const { sources } of replicatedTables()) {
		const queue = sources.find(({ isReplicator }) => isReplicator)?.subscription;
		if (!queue) continue; // this Harper receives from no node
		const send = queue.send.bind(queue);
		queue.send = (write) => {
			listener(write);
			send(write);
		};
	}
}
