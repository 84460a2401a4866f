/** Malformed WebSocket handshakes and frames, for the corpus of test/faults/malformed.test.ts. Pure. */
import { malformedMqtt } from './malformed-mqtt.ts';
import { basic } from '../../launcher/operations-api.ts';
import type { Account } from './clients.ts';
import type { Random } from './seeded.ts';

interface Frame {
	/** The whole first byte: FIN, three reserved bits, opcode. */
	firstByte: number;
	payload: Buffer;
	isMasked?: boolean;
	/** The announced length in bytes, if it differs from the payload's. */
	announced?: bigint;
}

function frame({ firstByte, payload, isMasked = true, announced = BigInt(payload.length) }: Frame): Buffer {
	const mask = isMasked ? 0x80 : 0;
	const head =
		announced < 126n
			? Buffer.from([firstByte, mask | Number(announced)])
			: Buffer.concat([Buffer.from([firstByte, mask | 127]), Buffer.alloc(8)]);
	if (head.length > 2) head.writeBigUInt64BE(announced, 2);
	// a mask of zeros leaves the payload as it is
	return Buffer.concat([head, Buffer.alloc(isMasked ? 4 : 0), payload]);
}

const PAYLOADS = [
	'',
	'{',
	'{"speed":0}',
	'{"speed"',
	'null',
	'[[[[',
	'"',
	'\xff\xfe',
	'\x9a\x01\xc9\xc3\x80',
	'\xdd\x01\xc9\xc3\x80',
];
const [TEXT, BINARY] = [0x81, 0x82];
/** Continuations, control frames, reserved bits, reserved opcodes. */
const ODD = [
	0x00, 0x80, 0x01, 0x02, 0x08, 0x88, 0x09, 0x89, 0x0a, 0x8a, 0xc1, 0xa1, 0x91, 0xf1, 0x83, 0x87, 0x8b, 0x8f,
];

function someFrame(random: Random): Buffer {
	const payload = Buffer.concat(
		Array.from({ length: random.pick([1, 1, 20]) }, () => Buffer.from(random.pick(PAYLOADS), 'latin1'))
	);
	const announced = random.pick([undefined, undefined, undefined, 100_000_001n, 2n ** 62n, 2n ** 64n - 1n]);
	const firstByte = random.chance(0.5) ? random.pick([TEXT, BINARY]) : random.pick(ODD);
	const right = frame({ firstByte, payload, isMasked: random.chance(0.9), ...(announced ? { announced } : {}) });
	return random.chance(0.3) ? random.mutate(right) : right;
}

const PATHS = [
	'/Sign/',
	'/Sign/x',
	'/Sign/a.b',
	'/Sign/?(',
	'/Rejection/',
	'/Session/',
	'/nothing',
	'/',
	'/%',
	'/openapi',
];
const TYPES = [
	'application/json',
	'application/cbor',
	'application/x-msgpack',
	'application/json;',
	'text/plain; charset=x',
	'a',
];

/** The bytes of one connection: the request for a WebSocket, then frames, which may contain malformed MQTT. */
export function malformedWebSocket(random: Random, host: string, account: Account): Buffer[] {
	const isMqtt = random.chance(0.3);
	const headers = [
		`Host: ${host}`,
		'Connection: Upgrade',
		`Upgrade: ${random.chance(0.97) ? 'websocket' : 'h2c'}`,
		`Sec-WebSocket-Version: ${random.chance(0.97) ? 13 : random.pick(['', 8, 'x'])}`,
		...(random.chance(0.97) ? ['Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='] : []),
		...(random.chance(0.1) ? ['Sec-WebSocket-Extensions: permessage-deflate; x=;;'] : []),
		...(isMqtt ? ['Sec-WebSocket-Protocol: mqtt'] : []),
		...(random.chance(0.7) ? [`Authorization: ${basic(account)}`] : []),
		...(random.chance(0.6) ? [`Content-Type: ${random.pick(TYPES)}`] : []),
		...(random.chance(0.2) ? [`Accept: ${random.pick([...TYPES, '*/*', 'x/y;;q'])}`] : []),
	];
	const path = isMqtt ? '/' : random.pick(PATHS);
	const opening = Buffer.from(`GET ${path} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`);
	const inside = isMqtt
		? malformedMqtt(random, account).map((payload) => frame({ firstByte: BINARY, payload }))
		: Array.from({ length: 1 + random.whole(4) }, () => someFrame(random));
	return [opening, ...inside, ...(isMqtt && random.chance(0.2) ? [someFrame(random)] : [])];
}
