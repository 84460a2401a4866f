/**
 * [MQTT-3.1.0-2] One CONNECT for each connection. [MQTT-3.1.4-5] What a client sends before it has its CONNACK is taken, in order.
 * [MQTT-3.1.2-2, -3.1.3-8] A version that there is not, and a client id that cannot be kept, are refused by their codes.
 *
 * Symptom: a second CONNECT is taken, and leaves the first one's subscriptions behind. A packet that comes while a password is
 * checked closes the connection. A client id that is longer than a key of the store is an `uncaughtException`.
 * Test: test/contract/mqtt-conformance.test.ts, test/contract/mqtt-connects.test.ts. Asks Harper that it answers each CONNECT by one CONNACK.
 * Delete when Harper does so itself.
 */
import type { IConnectPacket } from 'mqtt-packet';
import { destroy } from '../internals.ts';
import { CONNECT_TIMEOUT_MS } from '../bounds.ts';
import type { Connection, Fate } from './connection.ts';
import { connackOf } from './connack.ts';
import { headerSize, parse, REASON, type Version } from './packets.ts';

/** In bytes of UTF-8; of MQTT 3.1.1 a server must take 23. A key of Harper's store has 1,978, of which an account takes some. */
const LONGEST_CLIENT_ID = 256;

/** What the code of a CONNACK says: in MQTT 3.1.1, and in 5. */
const WRONG_VERSION = { v3: 1, v5: REASON.wrongVersion };
/** Of MQTT 5 only [MQTT-4.12.0-1]. */
const WRONG_METHOD = { v3: 5, v5: REASON.wrongMethod };
const WRONG_CLIENT_ID = { v3: 2, v5: REASON.wrongClientId };

export function awaitConnect(connection: Connection): void {
	connection.late = setTimeout(() => destroy(connection.socket), CONNECT_TIMEOUT_MS).unref();
}

export function receiveConnect(connection: Connection, bytes: Buffer): Fate {
	clearTimeout(connection.late);
	if (connection.connect) {
		connection.end(REASON.protocolError);
		return 'drop';
	}
	try {
		connection.connect = parse<IConnectPacket>(bytes);
	} catch (error) {
		logger.info?.(`A CONNECT could not be read: ${(error as Error).message}`);
		// the level of the protocol stands behind its name
		const level = bytes[headerSize(bytes) + 6];
		if (isOfNoVersion(bytes, level)) refuse(connection, WRONG_VERSION, level! > 5 ? 4 : 5);
		else destroy(connection.socket);
		return 'drop';
	}
	if (connection.connect.properties?.authenticationMethod !== undefined) {
		refuse(connection, WRONG_METHOD);
		return 'drop';
	}
	const wrong = wrongIn(connection.connect);
	if (!wrong) return 'hold';
	logger.info?.(`A CONNECT is refused: ${wrong}`);
	refuse(connection, WRONG_CLIENT_ID);
	return 'drop';
}

const isOfNoVersion = (bytes: Buffer, level = 0) =>
	bytes.toString('latin1', headerSize(bytes) + 2, headerSize(bytes) + 6) === 'MQTT' &&
	![3, 4, 5].includes(level & 0x7f);

function refuse(
	connection: Connection,
	codes: { v3: number; v5: number },
	version: Version = connection.version
): void {
	connection.end(connackOf(version, version === 5 ? codes.v5 : codes.v3));
}

/** What is wrong with its client id. */
function wrongIn({ clientId, clean, protocolVersion }: IConnectPacket): string | undefined {
	const size = Buffer.byteLength(clientId);
	if (!clientId && !clean && protocolVersion !== 5) return 'client id must not be empty without a clean session';
	if (size <= LONGEST_CLIENT_ID && !/\p{Cc}/u.test(clientId)) return undefined;
	return `client id must have at most ${LONGEST_CLIENT_ID} bytes without control characters, got ${size} bytes`;
}
