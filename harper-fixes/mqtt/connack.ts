/**
 * Answers a CONNECT. A refusal has a code of the client's version, and ends the connection [MQTT-3.2.2-5]. An
 * acceptance announces whether the session was present [MQTT-3.2.2-2, -3], the largest packet [MQTT 5 3.2.2.3.6], an
 * assigned client id [3.2.2.3.7], and that there are no shared subscriptions [3.2.2.3.13].
 *
 * Symptom: each version gets the codes of the other (0x86 in MQTT 3.1.1, 4 in MQTT 5), and the connection stays open.
 * Test: test/contract/mqtt-conformance.test.ts.
 * Depends on: Harper sends a CONNACK with code 0 after it has emitted `connected`, and any other code without it.
 * Delete when Harper sends such a CONNACK itself.
 */
import { MAX_PACKET_BYTES } from '../bounds.ts';
import type { Connection } from './connection.ts';
import { MAX_UNRELEASED } from './exactly-once.ts';
import { generate, REASON, RETURN_CODE, type Version } from './packets.ts';

/** The CONNACK of a refusal. */
export const connackOf = (version: Version, code: number) =>
	Buffer.from(version === 5 ? [0x20, 3, 0, code, 0] : [0x20, 2, 0, code]);

/** @param code the code of Harper: 4 (MQTT 5) or 0x86 (3.1.1) for a wrong login, or the code of another error */
export function refuse(connection: Connection, code: number): void {
	const { version, connect } = connection;
	const isLogin = code === (version === 5 ? 4 : 0x86);
	const hasName = connect?.username !== undefined;
	const right = !isLogin
		? { v3: RETURN_CODE.unavailable, v5: code === REASON.quotaExceeded ? code : REASON.unavailable }
		: hasName
			? { v3: RETURN_CODE.wrongLogin, v5: REASON.wrongLogin }
			: { v3: RETURN_CODE.notAuthorized, v5: REASON.notAuthorized };
	connection.end(connackOf(version, version === 5 ? right.v5 : right.v3));
}

/**
 * The CONNACK of an acceptance.
 * @param clientId the client id that the server has assigned, if any
 */
export function acceptance({ version }: Connection, sessionPresent: boolean, clientId?: string): Buffer {
	if (version !== 5) return Buffer.from([0x20, 2, Number(sessionPresent), 0]);
	const properties = {
		receiveMaximum: MAX_UNRELEASED,
		maximumPacketSize: MAX_PACKET_BYTES,
		sharedSubscriptionAvailable: false,
		...(clientId !== undefined && { assignedClientIdentifier: clientId }),
	};
	return generate({ cmd: 'connack', sessionPresent, reasonCode: 0, properties }, 5);
}
