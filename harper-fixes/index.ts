/**
 * Cures for defects of Harper 4.7.29, one for each file. The header of a file says what it depends on. A cure can be
 * deleted, with its line here, when its test passes without it. This file applies them, once for each thread.
 */
import { databases } from 'harperdb';
import { isFirstThread } from './first-thread.ts';
import { thisHarper, type User, type Will } from './internals.ts';
import { readAddresses } from './addresses.ts';
import { planFor } from './asks.ts';
import { nameAllowedMethods } from './allowed-methods.ts';
import { chooseAnswerTypes } from './answer-types.ts';
import { readContentTypes } from './content-types.ts';
import { refuseUnsafeDecoders } from './decoders.ts';
import { resumeInOrder } from './durable-sessions.ts';
import { answerFailedPublishes } from './failed-publishes.ts';
import { closeForeignSockets } from './foreign-sockets.ts';
import { boundBodies } from './http-body.ts';
import { readHttp2 } from './http2.ts';
import { decodeJsonStrictly } from './json-decoder.ts';
import { guardWills } from './last-wills.ts';
import { shareTables } from './known-tables.ts';
import { mergeLateWrites } from './late-writes.ts';
import { challengePagesByName } from './login-window.ts';
import { slowGuesses } from './logins/slow-guesses.ts';
import { completeRows } from './missing-fields.ts';
import { nameClients, openFrontDoor } from './mqtt/front-door.ts';
import { acceptSubprotocols } from './mqtt/subprotocols.ts';
import { boundSubscriptions } from './mqtt-quotas.ts';
import { refuseOtherMethods } from './other-methods.ts';
import { rememberOwnNodeId } from './own-node-id.ts';
import { believeProxies } from './proxies/forwarded-for.ts';
import { QUESTIONS, REQUIRED, type CureName } from './questions.ts';
import { storeReplicatedAuthors } from './replicated-authors.ts';
import { recordProgressAfterCommit } from './replication-progress.ts';
import { checkHeaders } from './request-headers.ts';
import { readResponses } from './responses.ts';
import { writeReadably } from './serializers.ts';
import { writeEventsOnce } from './shared-event-texts.ts';
import { sendStreamHeaders } from './stream-headers.ts';
import { sendStructureWithEachWrite } from './structure-updates.ts';
import { refuseBrokenBodies } from './unread-bodies.ts';
import { boundWebSockets } from './websocket-messages.ts';
import { answerBrokenMessages } from './websocket-payloads.ts';
import { pingWebSockets } from './websocket-pings.ts';

/** The functions of the application that the cures call. */
export interface Application {
	/** Writes a last will. */
	publishWill(will: Will, user: User): Promise<void>;
	/** Records why a publish was refused. */
	recordRejection(error: Error, topic: string | undefined, account: string | undefined): Promise<void>;
}

interface Fix {
	/** Its file in this folder, and its question in questions.ts. */
	name: CureName;
	/** What Harper does without the cure. */
	symptom: string;
	/** The test that fails without the cure. */
	test: string;
	/** What Harper must do before the cure can be deleted. */
	deleteWhen: string;
	apply(application: Application): void;
}

/**
 * In the order in which they are applied. Among the listeners for HTTP, and for WebSockets, the one that is added last
 * is called first. Cures without a line are called where they are needed: sign-locks, shared-transactions, timestamps, read-snapshots,
 * raw-events, clock, head-requests, query-characters, empty-query-values, sorted-queries, audit-log, vanished-clients,
 * refusal-forms, logins/failed-login-log. `known-tables` is applied below: it asks by itself. mqtt/front-door.ts applies those in
 * mqtt/. config.yaml loads early-replication.js, which loads full-disk.js, broken-output.js and stripped-types.js.
 */
export const FIXES: Fix[] = [
	{
		name: 'foreign-sockets',
		symptom: 'a page of another origin opens a WebSocket with the cookie of a user',
		test: 'test/contract/access.test.ts',
		deleteWhen: 'Harper checks the origin of a WebSocket',
		apply: closeForeignSockets,
	},
	{
		name: 'other-methods',
		symptom: 'CONNECT is answered with a stream of no type or with 500, TRACE with 200, other methods with 501',
		test: 'test/contract/http-clients.test.ts',
		deleteWhen: 'Harper refuses them with 405 and Allow',
		apply: refuseOtherMethods,
	},
	{
		name: 'http-body',
		symptom: 'bodies of 10 MB are stored before the login',
		test: 'test/contract/limits.test.ts',
		deleteWhen: 'Harper bounds bodies by path, before the login',
		apply: boundBodies,
	},
	{
		name: 'websocket-messages',
		symptom: 'WebSocket messages of 100 MB are stored before the login',
		test: 'test/contract/limits.test.ts',
		deleteWhen: 'Harper limits messages, and reads none before the login and none after it has closed',
		apply: boundWebSockets,
	},
	{
		name: 'websocket-pings',
		symptom: 'proxies end an idle WebSocket, and one whose peer has vanished stays open',
		test: 'test/faults/dead-peers.test.ts',
		deleteWhen: 'Harper pings its WebSockets',
		apply: pingWebSockets,
	},
	{
		name: 'mqtt/front-door',
		symptom:
			'clients that follow the MQTT standard are refused, ignored or lose messages; packets of 256 MB are stored',
		test: 'test/contract/mqtt-conformance.test.ts',
		deleteWhen: 'each cure in mqtt/ can be deleted: its header says when',
		apply: openFrontDoor,
	},
	{
		name: 'login-window',
		symptom: "the browser's login window covers the page",
		test: 'test/page/session.test.ts',
		deleteWhen: 'Harper does not challenge a request of a page',
		apply: challengePagesByName,
	},
	{
		name: 'last-wills',
		symptom: 'a device that dies soon after it has reconnected stays online: its will was deleted',
		test: 'test/contract/presence.test.ts',
		deleteWhen: 'Harper has session takeover, and a will belongs to a connection and its account',
		apply: ({ publishWill }) => guardWills(publishWill),
	},
	{
		name: 'mqtt-quotas',
		symptom: 'the filters of a connection, and the durable sessions of an account, are not limited',
		test: 'test/contract/mqtt-subscriptions.test.ts',
		deleteWhen: 'Harper limits both',
		apply: boundSubscriptions,
	},
	{
		name: 'failed-publishes',
		symptom: 'MQTT 3.1.1 acknowledges a publish that could not be stored',
		test: 'test/faults/disk.test.ts',
		deleteWhen: 'Harper ends a connection whose publish it cannot store',
		apply: ({ recordRejection }) => answerFailedPublishes(recordRejection),
	},
	{
		name: 'durable-sessions',
		symptom: 'a durable session that is resumed gets every event twice',
		test: 'test/faults/durable.test.ts',
		deleteWhen: 'Harper replaces a subscription while it resumes',
		apply: resumeInOrder,
	},
	{
		name: 'missing-fields',
		symptom: 'stored signs lack a newer field',
		test: 'test/contract/later-field.test.ts',
		deleteWhen: 'Harper gives stored rows the defaults of a schema',
		apply: completeRows,
	},
	{
		name: 'late-writes',
		symptom: 'nodes that write a sign at the same time end with different rows',
		test: 'test/faults/cut.test.ts',
		deleteWhen: 'Harper merges late writes and removals in the same way on every node',
		apply: mergeLateWrites,
	},
	{
		name: 'replication-progress',
		symptom: 'a node that is killed loses the writes of other nodes',
		test: 'test/faults/restart.test.ts',
		deleteWhen: 'Harper records its progress after the commit',
		apply: recordProgressAfterCommit,
	},
	{
		name: 'replicated-authors',
		symptom: 'the audit log of a node lacks the author of a write of another node',
		test: 'test/faults/history.test.ts',
		deleteWhen: 'Harper stores the name that it receives',
		apply: storeReplicatedAuthors,
	},
	{
		name: 'own-node-id',
		symptom: 'each write reads twice which id this node has in the audit log',
		test: 'test/faults/harper-check.test.ts',
		deleteWhen: 'Harper remembers the id',
		apply: rememberOwnNodeId,
	},
	{
		name: 'structure-updates',
		symptom: 'a node drops a write whose structure it does not know',
		test: 'test/faults/cut.test.ts',
		deleteWhen: 'a node requests a structure that it does not know',
		apply: sendStructureWithEachWrite,
	},
	{
		name: 'decoders',
		symptom: '100 bytes of CBOR end the server, without a login',
		test: 'test/contract/decoders.test.ts',
		deleteWhen: 'Harper decodes after the login, and allocates no more than the size of the input',
		apply: refuseUnsafeDecoders,
	},
	{
		name: 'request-headers',
		symptom: 'headers that Harper cannot read are answered with 500',
		test: 'test/contract/request-headers.test.ts',
		deleteWhen: 'Harper answers them with a status below 500',
		apply: checkHeaders,
	},
	{
		name: 'unread-bodies',
		symptom: 'a broken body that nothing reads is an uncaughtException',
		test: 'test/contract/decoders.test.ts',
		deleteWhen: 'Harper answers 400, or decodes a body when it is read',
		apply: refuseBrokenBodies,
	},
	{
		name: 'websocket-payloads',
		symptom: 'a broken WebSocket message is an uncaughtException, and later messages are ignored',
		test: 'test/contract/websocket-payloads.test.ts',
		deleteWhen: 'Harper catches the errors of its decoders',
		apply: answerBrokenMessages,
	},
	{
		name: 'mqtt/front-door',
		symptom: 'a client id of 60,000 bytes is an uncaughtException',
		test: 'test/contract/mqtt-connects.test.ts',
		deleteWhen: 'Harper checks client ids, and ends a connection that it refuses',
		apply: nameClients,
	},
	{
		name: 'logins/slow-guesses',
		symptom: 'thousands of wrong logins a second are answered',
		test: 'test/contract/logins.test.ts',
		deleteWhen: 'Harper limits wrong logins by address and account',
		apply: slowGuesses,
	},
	{
		name: 'json-decoder',
		symptom: 'JSON with a number of 16 digits is read by a parser that accepts invalid JSON',
		test: 'test/contract/properties.test.ts',
		deleteWhen: 'Harper has one JSON parser',
		apply: decodeJsonStrictly,
	},
	{
		name: 'mqtt/subprotocols',
		symptom: 'a WebSocket that offers `mqtt, mqttv3.1` is closed with 1011',
		test: 'test/contract/mqtt-conformance.test.ts',
		deleteWhen: 'Harper reads the list of subprotocols',
		apply: acceptSubprotocols,
	},
	{
		name: 'content-types',
		symptom: 'bodies of `text/json` and `application/merge-patch+json` are refused for fields that nobody has sent',
		test: 'test/contract/http-clients.test.ts',
		deleteWhen: 'Harper refuses types that it cannot read with 415, and reads a merge patch',
		apply: readContentTypes,
	},
	{
		name: 'addresses',
		symptom: 'a URL that ends in `?` answers 500, and `GET /Sign` a description of the table',
		test: 'test/contract/http-clients.test.ts',
		deleteWhen: 'Harper reads an empty query, and takes `/Sign` for the table also in a GET',
		apply: readAddresses,
	},
	{
		name: 'allowed-methods',
		symptom: 'Allow names methods that are refused, and is missing where a method is refused',
		test: 'test/contract/http-clients.test.ts',
		deleteWhen: 'Harper names the methods of a class',
		apply: nameAllowedMethods,
	},
	{
		name: 'serializers',
		symptom: 'text/plain is `[object Object]`, and a refusal in text/csv has a column for each letter',
		test: 'test/contract/http-clients.test.ts',
		deleteWhen: 'Harper writes both as JSON',
		apply: writeReadably,
	},
	{
		name: 'shared-event-texts',
		symptom: 'an event is written again for each subscriber of Server-Sent Events',
		test: 'test/unit/event-readable.test.ts',
		deleteWhen: 'Harper writes an event once for all subscribers',
		apply: writeEventsOnce,
	},
	{
		name: 'stream-headers',
		symptom: 'a proxy holds back the events of a stream, and a HEAD of a stream never ends',
		test: 'test/contract/http-clients.test.ts',
		deleteWhen: 'Harper sends the headers, and ends the answer to a HEAD',
		apply: sendStreamHeaders,
	},
	{
		name: 'answer-types',
		symptom: 'Harper opens a stream for one form of Accept only, also for a PUT; 406 comes after a write',
		test: 'test/contract/http-clients.test.ts',
		deleteWhen: 'Harper reads Accept as RFC 9110 says, before it calls a class',
		apply: chooseAnswerTypes,
	},
	{
		name: 'proxies/forwarded-for',
		symptom: 'everyone chooses the address in the log; behind a proxy, one guesser keeps all clients out',
		test: 'test/contract/forwarded.test.ts',
		deleteWhen: 'Harper has a setting for trusted proxies',
		apply: believeProxies,
	},
	{
		name: 'http2',
		symptom: 'over HTTP/2 a session is not found, and a body without its length is not read',
		test: 'test/contract/tls.test.ts',
		deleteWhen: 'Harper reads `:authority`, and bodies without a length',
		apply: readHttp2,
	},
];

/**
 * Applies the cures whose members this Harper has, and logs once which are not applied.
 * @throws when this Harper has a member in a form that a cure does not know, or lacks one without which it would write wrongly
 */
export function applyFixes(application: Application): void {
	shareTables(globalThis, databases);
	const { present, absent, problems } = planFor(thisHarper(), QUESTIONS, REQUIRED);
	if (problems.length) throw withoutStack(`This application does not know this Harper: ${problems.join('; ')}`);
	for (const { name, apply } of FIXES) if (present.includes(name)) apply(application);
	readResponses();
	if (absent.length && isFirstThread()) logger.warn?.(`Cures that are not applied to this Harper: ${toText(absent)}`);
}

/** What Harper does without the cures that ask, and are called where they are needed. */
const SYMPTOMS: Partial<Record<CureName, string>> = {
	'read-snapshots': 'a read may not see a write that another thread has acknowledged',
	'clock': 'a commit after the clock was set back is published to nobody',
};

function toText(names: CureName[]): string {
	const symptomOf = (name: CureName) => SYMPTOMS[name] ?? FIXES.find((fix) => fix.name === name)!.symptom;
	const texts = names.map((name) => `${name} (${symptomOf(name)})`);
	return `${texts.join('; ')}. It lacks what they mend: see harper-fixes/README.md`;
}

/** The stack would not help the reader of the log. */
function withoutStack(message: string): Error {
	const error = new Error(`${message}. See harper-fixes/README.md`);
	error.stack = error.message;
	return error;
}
