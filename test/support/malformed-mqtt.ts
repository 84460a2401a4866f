/** Malformed MQTT, for the corpus of test/faults/malformed.test.ts. Pure. */
import type { Account } from './clients.ts';
import type { Random } from './seeded.ts';

const text = (value: string | Buffer) => {
	const bytes = Buffer.from(value);
	return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]);
};

/** A remaining length, with as many bytes as it needs. */
function lengthOf(length: number): Buffer {
	const digits: number[] = [];
	for (let left = length; left > 0 || digits.length === 0; left >>= 7)
		digits.push((left & 127) | (left > 127 ? 128 : 0));
	return Buffer.from(digits);
}

export const packet = (firstByte: number, ...body: (Buffer | number[])[]): Buffer => {
	const whole = Buffer.concat(body.map((part) => Buffer.from(part)));
	return Buffer.concat([Buffer.from([firstByte]), lengthOf(whole.length), whole]);
};

export interface Connect {
	version: 4 | 5;
	clientId: string;
	account?: Account | undefined;
	clean?: boolean;
	/** The expiry of the session in seconds (MQTT 5). */
	expiry?: number;
	will?: { topic: string; payload: Buffer };
}

export function connect({ version, clientId, account, clean = true, expiry, will }: Connect): Buffer {
	const flags = (account ? 0xc0 : 0) | (clean ? 2 : 0) | (will ? 4 : 0);
	const properties = version === 5 ? [0] : [];
	const expiryBytes = Buffer.alloc(4);
	expiryBytes.writeUInt32BE(expiry ?? 0);
	const own = version === 5 && expiry ? [5, 0x11, ...expiryBytes] : properties;
	return packet(
		0x10,
		text('MQTT'),
		[version, flags, 0, 60, ...own],
		text(clientId),
		...(will ? [properties, text(will.topic), text(will.payload)] : []),
		...(account ? [text(account.username), text(account.password)] : [])
	);
}

const ID = [0, 7];
const NO_PROPERTIES = [0];

/** Valid packets of a client, and of a server, which are wrong from a client. */
function packets(version: 4 | 5, random: Random): Buffer {
	const properties = version === 5 ? random.pick([NO_PROPERTIES, [2, 1, 1], [5, 2, 0, 0, 0, 1], [3, 0x26, 0, 0]]) : [];
	const topic = text(
		random.pick(['Sign/x', 'Sign/+', 'Sign/#', 'Sign/+/+', 'Rejection/x', '$SYS/x', '', 'Sign/\0', '\ufeff'])
	);
	const long = text('x'.repeat(random.pick([1, 65, 2_000, 60_000])));
	const payload = Buffer.from(
		random.pick(['{"speed":0}', '{"speed"', '', 'text', '[[[[', '\x9a\x01\xc9\xc3\x80']),
		'latin1'
	);
	return random.pick([
		() => connect({ version, clientId: 'again' }),
		() => packet(0x30 | random.whole(8), random.pick([topic, long]), random.chance(0.5) ? ID : [], properties, payload),
		() => packet(0x32, topic, [0, 0], properties, payload),
		() => packet(0x82, ID, properties, random.pick([topic, long]), [random.whole(256)]),
		() => packet(0x82, ID, properties),
		() => packet(0xa2, ID, properties, topic),
		() => packet(random.pick([0x40, 0x50, 0x62, 0x70]), ID, version === 5 ? [random.whole(256), 0] : []),
		() => packet(random.pick([0x20, 0x90, 0xb0]), ID, properties, [random.whole(256)]),
		() => packet(random.pick([0xc0, 0xd0, 0xe0, 0xf0]), random.chance(0.5) ? [] : [random.whole(256), 0]),
	])();
}

/** The packets of one connection: usually a valid CONNECT, then some packets, most of them broken. */
export function malformedMqtt(random: Random, account: Account): Buffer[] {
	const version = random.pick([4, 5] as const);
	const clientId = random.pick([
		'',
		'a',
		`c${random.whole(50)}`,
		'x'.repeat(60_000),
		'a\0b',
		'a/b',
		'../..',
		'é\u0007',
	]);
	const will = random.chance(0.3) ? { topic: 'Sign/x', payload: random.bytes(random.whole(9)) } : undefined;
	const opening = { version, clientId, clean: random.chance(0.6), ...(will ? { will } : {}) };
	const first = connect({ ...opening, account: random.chance(0.8) ? account : undefined });
	// without an account: a wrong password would be a guess, which another test covers
	const wrong = () => random.mutate(connect({ ...opening, clientId: 'c' }));
	const rest = Array.from({ length: 1 + random.whole(4) }, () => {
		const right = packets(version, random);
		return random.chance(0.7) ? random.mutate(right) : right;
	});
	return [random.chance(0.7) ? first : random.chance(0.7) ? wrong() : random.bytes(1 + random.whole(40)), ...rest];
}
