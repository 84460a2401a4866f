/**
 * [MQTT-3.2.2-5] A refused CONNECT is answered by a code of its version, and its connection closed. An accepted one is told what
 * its client has to know: whether there was a session [MQTT-3.2.2-2, -3], the largest packet that is taken [MQTT 5 3.2.2.3.6], the
 * client id that it was given [3.2.2.3.7], that there are no shared subscriptions [3.2.2.3.13].
 *
 * Symptom: the codes of both versions are exchanged (0x86 in MQTT 3.1.1, 4 in 5), and the connection stays open.
 * Test: test/contract/mqtt-conformance.test.ts. Asks Harper that it sends a CONNACK after it has emitted `connected`, or else a refusal.
 * Delete when Harper answers so itself.
 */
import { MAX_PACKET_BYTES } from '../bounds.ts';
import type { Connection } from './connection.ts';
import { generate, REASON, type Version } from './packets.ts';

/** MQTT 3.1.1's codes. */
const UNAVAILABLE = 3;
const WRONG_LOGIN = 4;
const NOT_AUTHORIZED = 5;

/** A refusal. */
export const connackOf = (version: Version, code: number) =>
	Buffer.from(version === 5 ? [0x20, 3, 0, code, 0] : [0x20, 2, 0, code]);

/** A refusal by the code that Harper gives: 4 (MQTT 5) or 0x86 (3.1.1) for a login, else an error of its own. */
export function refuse(connection: Connection, code: number): void {
	const { version, connect } = connection;
	const isLogin = code === (version === 5 ? 4 : 0x86);
	const hasName = connect?.username !== undefined;
	const right = !isLogin
		? { v3: UNAVAILABLE, v5: code === REASON.quotaExceeded ? code : REASON.unavailable }
		: hasName
			? { v3: WRONG_LOGIN, v5: REASON.wrongLogin }
			: { v3: NOT_AUTHORIZED, v5: REASON.notAuthorized };
	connection.end(connackOf(version, version === 5 ? right.v5 : right.v3));
}

/** @param clientId which the client was given */
export function acceptance({ version }: Connection, sessionPresent: boolean, clientId?: string): Buffer {
	if (version !== 5) return Buffer.from([0x20, 2, Number(sessionPresent), 0]);
	const properties = {
		maximumPacketSize: MAX_PACKET_BYTES,
		sharedSubscriptionAvailable: false,
		...(clientId !== undefined && { assignedClientIdentifier: clientId }),
	};
	return generate({ cmd: 'connack', sessionPresent, reasonCode: 0, properties }, 5);
}
