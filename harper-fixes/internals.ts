/**
 * Every member of Harper 4.7.29 and of its store (lmdb-js) that we use and that their own types lack, with the casts that
 * this forces. Look here first when Harper changes: nothing else in the project casts a value of Harper's.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { databases, Resource, server, tables, type Context } from 'harperdb';

declare global {
	/**
	 * Runs `action` in one transaction, which `context` carries: committed when it resolves, aborted when it throws.
	 * A global: Node does not find it among the package's named exports.
	 */
	function transaction<T>(context: Context, action: () => T): T;
}

export type User = Context['user'];

// ------------------------------------------------------ documented members whose types do not fit: api/ uses these alone

/** Harper's types describe instance methods. Its protocols call static methods, which have no types. */
export const SignTable = () => tables.Sign as any;
export const RejectionTable = () => tables.Rejection as any;
export const StaticResource = Resource as any;

/** The account as it is now. Rejects when it is gone or inactive. */
export const accountNow = (username: string) => server.getUser(username, null, {} as never) as Promise<User>;

/** The account, if the password is right. Rejects otherwise. */
export const checkPassword = (username: string, password: string, request: object) =>
	server.authenticateUser(username, password, request as never) as Promise<NonNullable<User>>;

/** The context of a write of our own. Harper takes the write's timestamp from it (in ms since 1970), and checks `user` if `authorize`. */
export const writeContext = (fields: { timestamp: number; user?: User; authorize?: boolean }) =>
	fields as unknown as Context;

/** The socket below a request: an MQTT session has it in its context, an HTTP request has that of Node. */
export function socketOf(context: Context): { destroy?(): void; terminate?(): void } | undefined {
	const { socket, _nodeRequest } = context as unknown as {
		socket?: { destroy?(): void; terminate?(): void };
		_nodeRequest?: { socket: Socket };
	};
	return socket ?? _nodeRequest?.socket;
}

// ------------------------------------------------------------------------------------------------------ HTTP, WebSocket

/** The headers of an HTTP request; of a WebSocket those of the request that opened it. */
export interface Headers {
	asObject: Record<string, string | undefined>;
}

/** A request, also of a WebSocket that opens. */
export interface HttpRequest {
	method: string;
	url: string;
	headers: Headers;
	user?: User;
	isWebSocket?: boolean;
	_nodeRequest: IncomingMessage;
}

export interface HttpResponse {
	status: number;
	headers: globalThis.Headers | Record<string, string>;
	body?: string;
}

type Answer = HttpResponse | undefined | Promise<HttpResponse | undefined>;

/** Calls `next` to hand the request to the listeners that were added before, and to Harper last. */
export type HttpListener = (request: HttpRequest, next: (request: HttpRequest) => Answer) => Answer;

/** `completion` settles when the caller is known, or refused. */
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

/** A decoder of one content type. HTTP, WebSocket and MQTT over WebSocket share them. */
export interface Decoder {
	deserialize?(body: Buffer | string): unknown;
}

/** Whom a password belongs to; Harper has more parameters. Without a password: the account as it is now. */
export type CheckLogin = (
	username: string,
	password?: string | null,
	request?: { headers: Headers; _nodeRequest?: IncomingMessage } | null
) => Promise<User>;

interface Server {
	http(listener: HttpListener, options: { runFirst: true }): void;
	ws(listener: WebSocketListener, options: { runFirst: true }): void;
	upgrade(listener: UpgradeListener, options: { runFirst: true }): void;
	contentTypes: Map<string, Decoder>;
	/** Checks every login but that of `Session`. */
	getUser: CheckLogin;
	/** Checks a login of `Session`. */
	authenticateUser: CheckLogin;
	recordAnalytics(value: number, metric: string, path: string, method: string, type: string): void;
	/** Undefined on a Harper that speaks no MQTT. */
	mqtt?: MqttServer;
}

export const harperServer = server as unknown as Server;

/** Calls `listener` for each HTTP request, before Harper reads the login or a body. The listener added last is called first. */
export const onHttp = (listener: HttpListener) => harperServer.http(listener, { runFirst: true });

/** Calls `listener` for each request to open a WebSocket, before it is one. The listener added last is called first. */
export const onUpgrade = (listener: UpgradeListener) => harperServer.upgrade(listener, { runFirst: true });

/** Calls `listener` for each WebSocket, before Harper listens to it. The listener added last is called first. */
export const onWebSocket = (listener: WebSocketListener) => harperServer.ws(listener, { runFirst: true });

// ---------------------------------------------------------------------------------------------------------------- MQTT

/** A packet as mqtt-packet reads it. */
export interface Packet {
	cmd?: string;
	/** Of a PUBLISH. */
	topic?: string;
	/** Of a PUBLISH. */
	qos?: 0 | 1 | 2;
	messageId?: number;
	/** Of a CONNECT. */
	clientId?: string;
	/** Of a CONNECT: 4 is MQTT 3.1.1. */
	protocolVersion?: number;
	clean?: boolean;
	will?: Will;
}

/** Harper replaces the payload by what it decodes, and adds the client id and the account, before it stores it. */
export interface Will {
	topic: string;
	properties?: { willDelayInterval?: number };
	retain?: boolean;
	data?: unknown;
}

/** TCP and TLS, or a WebSocket. */
export type MqttSocket = (Socket | WebSocket) & {
	/** Decodes payloads; Harper's own by the content type of the WebSocket, if there is none. */
	deserialize?: (payload: Buffer) => unknown;
};

/** What a SUBSCRIBE asks for. */
export interface Subscription {
	topic: string;
	qos: 0 | 1 | 2;
	/** MQTT 5: retain handling. */
	rh?: number;
	/** Of a durable session: the time from which its client has not acknowledged, in ms since 1970. */
	startTime?: number;
}

/** Sends a message. False ends its subscription. */
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
	/** Of a durable session: what is stored of it. */
	sessionRecord?: { subscriptions?: object[] };
	/** Harper resumes a session that was present. */
	sessionWasPresent?: boolean;
	/** Stores a PUBLISH. Harper acknowledges it then, and reads on before. */
	publish(packet: Packet, data: unknown): Promise<unknown>;
	/** Makes the subscriptions of a durable session again. */
	resume(...args: unknown[]): Promise<unknown>;
	/** A SUBSCRIBE, for each of its topics. */
	addSubscription(subscription: Subscription, isKept: boolean): Promise<{ qos: number } | undefined>;
	/** Of a durable session: one that was stored, or is new. `isKept`: what is not acknowledged is sent again. */
	resumeSubscription?(subscription: Subscription, isKept: boolean, filter?: unknown): Promise<unknown>;
	/** Of a durable session: stores its subscriptions. */
	saveSubscriptions?(): void;
	/** An UNSUBSCRIBE, for each of its topics. @returns whether it was subscribed to: MQTT 5 is answered so */
	removeSubscription(topic: string): unknown;
	/** A PUBACK or PUBCOMP. */
	acknowledge(messageId: number): void;
	/** Sets how a message is sent. */
	setListener(listener: Listener): void;
	/** Harper calls it when the connection ends; `properly`: after a DISCONNECT. Resolves when its will is published. */
	disconnect(properly?: boolean): void | Promise<void>;
}

interface MqttServer {
	/** Is asked for every CONNECT, before Harper answers it. */
	authorizeClient?: (packet: Packet, user: User) => void;
	events: {
		on(event: 'error', listener: (error: Error, socket: unknown, packet?: Packet, session?: MqttSession) => void): void;
		emit(event: 'error', error: Error, socket: MqttSocket, packet: Packet, session: MqttSession): void;
		/** Before Harper listens to the socket. */
		on(event: 'connection', listener: (socket: MqttSocket) => void): void;
		/** Before Harper sends the CONNACK. */
		on(event: 'connected', listener: (session: MqttSession, socket: MqttSocket) => void): void;
		on(event: 'auth-failed', listener: (packet: Packet, socket: MqttSocket) => void): void;
	};
}

/** Undefined on a Harper that speaks no MQTT. */
export const mqttServer = () => harperServer.mqtt;

/** The socket below a connection. */
export const tcpSocketOf = (socket: MqttSocket): Socket =>
	'send' in socket ? (socket as unknown as { _socket: Socket })._socket : socket;

/**
 * Puts `send` in the place of the method by which Harper sends a packet.
 * @returns the socket's own method
 */
export function interceptSending(socket: MqttSocket, send: (packet: Buffer) => void): (packet: Buffer) => unknown {
	const method = 'send' in socket ? 'send' : 'write';
	// both take one packet from Harper; their own types have many more forms
	const sender = socket as unknown as Record<typeof method, (packet: Buffer) => unknown>;
	const own = sender[method].bind(socket);
	// Node replaces `write` when the client has ended its side: what Harper answers then comes here all the same
	Object.defineProperty(sender, method, { get: () => send, set() {} });
	return own;
}

/** The MQTT socket and the topic of a subscription. */
export const subscriptionOf = (context: Context) => context as unknown as { socket: MqttSocket; topic: string };

/** Counts a message in Harper's analytics, as Harper counts what it sends. */
export function recordSent(bytes: number, table: string, type: string): void {
	harperServer.recordAnalytics(bytes, 'bytes-sent', table, type, 'mqtt');
}

/** Ends a connection at once, whatever its client has not taken. */
export const destroy = (socket: MqttSocket) => ('send' in socket ? socket.terminate() : socket.destroy());

// --------------------------------------------------------------------------------------------------- tables, the store

export type TableName = 'Sign' | 'Rejection';

/** A row as it is stored, with what Harper keeps beside it. A removed row is kept for a while without its value. */
export interface Entry {
	/** The timestamp of the latest write, in ms since 1970; a little later for each write that came late (late-writes.ts). */
	version: number;
	/** When it was committed here, in ms since 1970: its key in the audit log. Below that, a flag of Harper's own. */
	localTime: number;
	value: object | null;
}

/** How rows are stored as bytes. */
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

/** What lmdb-js has beside its documented methods. */
export interface Store {
	encoder: Encoder;
	env: { path: string };
	getRange(range: KeyRange): Iterable<Entry & { key: string }>;
	getKeysCount(range: KeyRange): number;
	getKeys(range: KeyRange): Iterable<string>;
	getEntry(id: string): Entry | undefined;
	put(id: string, row: object | null, options?: { version?: number }, ...rest: unknown[]): Promise<boolean>;
	transaction(action: () => void): Promise<unknown>;
	/** Takes the lock, or returns false and calls back when it may be free. Harper itself relies on it. */
	tryLock(id: string, mayBeFree: () => void): boolean;
	unlock(id: string): void;
	/** Ends the thread's read snapshot. */
	resetReadTxn(): void;
	/** The same memory for each thread that asks for this name; the first one's initial value stays. */
	getUserSharedBuffer(name: string, initial: ArrayBuffer): ArrayBuffer;
}

/** An event as Harper gives it to a subscriber with `rawEvents`. */
export interface RawEvent {
	id: string;
	type: string;
	localTime: number;
	version: number;
}

/** Harper's queue of a subscription. */
export interface RawEvents extends AsyncIterable<RawEvent> {
	on(event: 'data', listener: (event: RawEvent) => void): void;
	end(): void;
}

/** A write that another node sends, or the end of a transaction. */
export interface ReplicatedWrite {
	type: string;
	/** Harper calls it when the write before it is stored. */
	onCommit?(): void;
}

interface Table {
	primaryStore: Store;
	auditStore: { getKeys(range: KeyRange): Iterable<unknown>; resetReadTxn(): void };
	/** Where its writes come from. */
	sources: { isReplicator?: boolean; subscription: { send(write: ReplicatedWrite): void } }[];
	subscribe(request: object, context: object): Promise<RawEvents>;
	prototype: Row;
}

/** One change of one row, in a transaction of Harper's. */
export interface Write {
	/** Harper calls it again, with more `retries`, when the row has changed meanwhile. It is synchronous. */
	commit(timestamp: number, entry: Entry | undefined, retries: number): void;
}

/** Harper's instance of a row that is written to. */
export interface Row {
	getContext(): Context & { transaction?: { writes: Write[] } };
	_writeUpdate(id: string, update: object, isFull: boolean, options?: object): void;
	_writeDelete(id: string, options?: object): void;
}

export const table = (name: TableName) => tables[name] as unknown as Table;
export const store = (name: TableName) => table(name).primaryStore;

/** The store of durable MQTT sessions; the key is the client id. A removed row stays for a while without its value. */
export const durableSessions = () => databases.system!.hdb_durable_session!.primaryStore as unknown as Store;

/** All rows of a table of Harper's own. */
export const searchAll = (harperTable: { search(query: never, context: Context): unknown }) =>
	harperTable.search({} as never, {} as Context) as AsyncIterable<object>;

/** One table of each database that other nodes write to. */
export const replicatedTables = () => [tables.Sign, databases.system!.hdb_user] as unknown as Table[];
