/**
 * One CONNECT for each connection [MQTT-3.1.0-2]. The packets that a client sends before its CONNACK are handled, in
 * order [MQTT-3.1.4-5]. An unknown version and an invalid client id are refused with their codes
 * [MQTT-3.1.2-2, -3.1.3-8].
 *
 * Symptom: Harper accepts a second CONNECT, and keeps the subscriptions of the first one. A packet that arrives while
 * the password is checked closes the connection. A client id that is longer than a key of the store is an
 * `uncaughtException`.
 * Test: test/contract/mqtt-conformance.test.ts, test/contract/mqtt-connects.test.ts.
 * Depends on: Harper answers each CONNECT with one CONNACK.
 * Delete when Harper does all of this.
 */
import type { IConnectPacket } from 'mqtt-packet';
import { destroy } from '../internals.ts';
import { CONNECT_TIMEOUT_MS } from '../bounds.ts';
import type { Action, Connection } from './connection.ts';
import { connackOf } from './connack.ts';
import { headerSize, parse, REASON, RETURN_CODE, type Version } from './packets.ts';

/** In UTF-8. MQTT 3.1.1 requires at least 23. A key of Harper's store has at most 1,978, including the account. */
const MAX_CLIENT_ID_BYTES = 256;

/** The codes of a CONNACK in MQTT 3.1.1 and in MQTT 5. */
const WRONG_VERSION = { v3: RETURN_CODE.wrongVersion, v5: REASON.wrongVersion };
/** An authentication method, which only MQTT 5 has [MQTT-4.12.0-1]. */
const WRONG_METHOD = { v3: RETURN_CODE.notAuthorized, v5: REASON.wrongMethod };
const WRONG_CLIENT_ID = { v3: RETURN_CODE.wrongClientId, v5: REASON.wrongClientId };

/** Ends the connection if the client sends no CONNECT in time. */
export function awaitConnect(connection: Connection): void {
	connection.connectTimer = setTimeout(() => destroy(connection.socket), CONNECT_TIMEOUT_MS).unref();
}

export function receiveConnect(connection: Connection, bytes: Buffer): Action {
	clearTimeout(connection.connectTimer);
	if (connection.connect) {
		connection.end(REASON.protocolError);
		return 'drop';
	}
	try {
		connection.connect = parse<IConnectPacket>(bytes);
	} catch (error) {
		logger.info?.(`A CONNECT could not be read: ${(error as Error).message}`);
		// the protocol level follows the protocol name
		const level = bytes[headerSize(bytes) + 6];
		if (hasUnknownVersion(bytes, level)) refuse(connection, WRONG_VERSION, level! > 5 ? 4 : 5);
		else destroy(connection.socket);
		return 'drop';
	}
	if (connection.connect.properties?.authenticationMethod !== undefined) {
		refuse(connection, WRONG_METHOD);
		return 'drop';
	}
	const error = clientIdError(connection.connect);
	if (!error) return 'hold';
	logger.info?.(`A CONNECT is refused: ${error}`);
	refuse(connection, WRONG_CLIENT_ID);
	return 'drop';
}

const hasUnknownVersion = (bytes: Buffer, level = 0) =>
	bytes.toString('latin1', headerSize(bytes) + 2, headerSize(bytes) + 6) === 'MQTT' &&
	![3, 4, 5].includes(level & 0x7f);

function refuse(
	connection: Connection,
	codes: { v3: number; v5: number },
	version: Version = connection.version
): void {
	connection.end(connackOf(version, version === 5 ? codes.v5 : codes.v3));
}

/** Returns undefined for a valid client id. */
function clientIdError({ clientId, clean, protocolVersion }: IConnectPacket): string | undefined {
	const size = Buffer.byteLength(clientId);
	if (!clientId && !clean && protocolVersion !== 5) return 'client id must not be empty without a clean session';
	if (size <= MAX_CLIENT_ID_BYTES && !/\p{Cc}/u.test(clientId)) return undefined;
	return `client id must have at most ${MAX_CLIENT_ID_BYTES} bytes without control characters, got ${size} bytes`;
}
