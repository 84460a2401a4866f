/**
 * Cures for defects of Harper 4.7.29, one for each file. The header of a file says what it depends on. A cure can be
 * deleted, with its line here, when its test passes without it. This file applies them, once for each thread.
 */
import type { User, Will } from './internals.ts';
import { refuseUnsafeDecoders } from './decoders.ts';
import { resumeInOrder } from './durable-sessions.ts';
import { answerFailedPublishes } from './failed-publishes.ts';
import { closeForeignSockets } from './foreign-sockets.ts';
import { boundBodies } from './http-body.ts';
import { decodeJsonStrictly } from './json-decoder.ts';
import { guardWills } from './last-wills.ts';
import { mergeLateWrites } from './late-writes.ts';
import { challengePagesByName } from './login-window.ts';
import { slowGuesses } from './logins/slow-guesses.ts';
import { completeRows } from './missing-fields.ts';
import { nameClients, openFrontDoor } from './mqtt/front-door.ts';
import { acceptSubprotocols } from './mqtt/subprotocols.ts';
import { boundSubscriptions } from './mqtt-quotas.ts';
import { recordProgressAfterCommit } from './replication-progress.ts';
import { checkHeaders } from './request-headers.ts';
import { sendStructureWithEachWrite } from './structure-updates.ts';
import { refuseBrokenBodies } from './unread-bodies.ts';
import { boundWebSockets } from './websocket-messages.ts';
import { answerBrokenMessages } from './websocket-payloads.ts';

/** The functions of the application that the cures call. */
export interface Application {
	/** Writes a last will. */
	publishWill(will: Will, user: User): Promise<void>;
	/** Records why a publish was refused. */
	recordRejection(error: Error, topic: string | undefined, account: string | undefined): Promise<void>;
}

interface Fix {
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
 * is called first. Cures without a line are called where they are needed: sign-locks, timestamps, read-snapshots,
 * raw-events, clock, empty-query-values, connection. config.yaml loads early-replication.js, which loads full-disk.js.
 */
export const FIXES: Fix[] = [
	{
		symptom: 'a page of another origin opens a WebSocket with the cookie of a user',
		test: 'test/contract/access.test.ts',
		deleteWhen: 'Harper checks the origin of a WebSocket',
		apply: closeForeignSockets,
	},
	{
		symptom: 'bodies of 10 MB are stored before the login',
		test: 'test/contract/limits.test.ts',
		deleteWhen: 'Harper bounds bodies by path, before the login',
		apply: boundBodies,
	},
	{
		symptom: 'WebSocket messages of 100 MB are stored before the login',
		test: 'test/contract/limits.test.ts',
		deleteWhen: 'Harper limits messages, and reads none before the login and none after it has closed',
		apply: boundWebSockets,
	},
	{
		symptom:
			'clients that follow the MQTT standard are refused, ignored or lose messages; packets of 256 MB are stored',
		test: 'test/contract/mqtt-conformance.test.ts',
		deleteWhen: 'each cure in mqtt/ can be deleted: its header says when',
		apply: openFrontDoor,
	},
	{
		symptom: "the browser's login window covers the page",
		test: 'test/page/session.test.ts',
		deleteWhen: 'Harper does not challenge a request of a page',
		apply: challengePagesByName,
	},
	{
		symptom: 'a device that dies soon after it has reconnected stays online: its will was deleted',
		test: 'test/contract/presence.test.ts',
		deleteWhen: 'Harper has session takeover, and a will belongs to a connection and its account',
		apply: ({ publishWill }) => guardWills(publishWill),
	},
	{
		symptom: 'the filters of a connection, and the durable sessions of an account, are not limited',
		test: 'test/contract/mqtt-subscriptions.test.ts',
		deleteWhen: 'Harper limits both',
		apply: boundSubscriptions,
	},
	{
		symptom: 'MQTT 3.1.1 acknowledges a publish that could not be stored',
		test: 'test/faults/disk.test.ts',
		deleteWhen: 'Harper ends a connection whose publish it cannot store',
		apply: ({ recordRejection }) => answerFailedPublishes(recordRejection),
	},
	{
		symptom: 'a durable session that is resumed gets every event twice',
		test: 'test/faults/durable.test.ts',
		deleteWhen: 'Harper replaces a subscription while it resumes',
		apply: resumeInOrder,
	},
	{
		symptom: 'stored signs lack a newer field',
		test: 'test/contract/later-field.test.ts',
		deleteWhen: 'Harper gives stored rows the defaults of a schema',
		apply: completeRows,
	},
	{
		symptom: 'nodes that write a sign at the same time end with different rows',
		test: 'test/faults/cut.test.ts',
		deleteWhen: 'Harper merges late writes and removals in the same way on every node',
		apply: mergeLateWrites,
	},
	{
		symptom: 'a node that is killed loses the writes of other nodes',
		test: 'test/faults/restart.test.ts',
		deleteWhen: 'Harper records its progress after the commit',
		apply: recordProgressAfterCommit,
	},
	{
		symptom: 'a node drops a write whose structure it does not know',
		test: 'test/faults/cut.test.ts',
		deleteWhen: 'a node requests a structure that it does not know',
		apply: sendStructureWithEachWrite,
	},
	{
		symptom: '100 bytes of CBOR end the server, without a login',
		test: 'test/contract/decoders.test.ts',
		deleteWhen: 'Harper decodes after the login, and allocates no more than the size of the input',
		apply: refuseUnsafeDecoders,
	},
	{
		symptom: 'headers that Harper cannot read are answered with 500',
		test: 'test/contract/request-headers.test.ts',
		deleteWhen: 'Harper answers them with a status below 500',
		apply: checkHeaders,
	},
	{
		symptom: 'a broken body that nothing reads is an uncaughtException',
		test: 'test/contract/decoders.test.ts',
		deleteWhen: 'Harper answers 400, or decodes a body when it is read',
		apply: refuseBrokenBodies,
	},
	{
		symptom: 'a broken WebSocket message is an uncaughtException, and later messages are ignored',
		test: 'test/contract/websocket-payloads.test.ts',
		deleteWhen: 'Harper catches the errors of its decoders',
		apply: answerBrokenMessages,
	},
	{
		symptom: 'a client id of 60,000 bytes is an uncaughtException',
		test: 'test/contract/mqtt-connects.test.ts',
		deleteWhen: 'Harper checks client ids, and ends a connection that it refuses',
		apply: nameClients,
	},
	{
		symptom: 'thousands of wrong logins a second are answered',
		test: 'test/contract/logins.test.ts',
		deleteWhen: 'Harper limits wrong logins by address and account',
		apply: slowGuesses,
	},
	{
		symptom: 'JSON with a number of 16 digits is read by a parser that accepts invalid JSON',
		test: 'test/contract/properties.test.ts',
		deleteWhen: 'Harper has one JSON parser',
		apply: decodeJsonStrictly,
	},
	{
		symptom: 'a WebSocket that offers `mqtt, mqttv3.1` is closed with 1011',
		test: 'test/contract/mqtt-conformance.test.ts',
		deleteWhen: 'Harper reads the list of subprotocols',
		apply: acceptSubprotocols,
	},
];

export function applyFixes(application: Application): void {
	for (const { apply } of FIXES) apply(application);
}
