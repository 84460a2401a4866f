/** Malformed HTTP requests, for the corpus of test/faults/malformed.test.ts. Pure. */
import { basic } from '../../launcher/operations-api.ts';
import type { Account } from './clients.ts';
import type { Random } from './seeded.ts';

const METHODS = 'GET HEAD PUT PATCH POST DELETE OPTIONS TRACE QUERY COPY MOVE BREW LOCK PROPFIND get CONNECT X'.split(
	' '
);
const LONG = 'x'.repeat(15_000);
const NAMES = [
	'',
	'/',
	'/x',
	'/a.b',
	'/%',
	'/%00',
	'/?(((',
	'/?limit(',
	'/?%',
	'/?a=b&select(',
	'//',
	'/../x',
	`/${LONG}`,
];
const PATHS = ['/Sign', '/Rejection', '/Session'].flatMap((path) => NAMES.map((name) => path + name));
const OTHERS = [
	'/',
	'*',
	'/nothing',
	'/openapi',
	'/openapi?x',
	'/graphql',
	'/%2e%2e/x',
	'http://x/Sign/',
	'x',
	'/Sign/ x',
	LONG,
];

const BOMB = '\x9a\x01\xc9\xc3\x80'.repeat(20);
const BODIES = [
	'',
	'{',
	'{}',
	'{bad',
	'null',
	'[[[[',
	'"',
	'\xff\xfe',
	BOMB,
	BOMB.replaceAll('\x9a', '\xdd'),
	'hasOwnProperty=1&a=2',
];
BODIES.push(
	'['.repeat(10_000),
	'{"a":1234567890123456,"speed":01}',
	'{"__proto__":1,"b":12345678901234567890}',
	'x'.repeat(20_000)
);

const TYPES = [
	'application/json',
	'application/cbor',
	'application/x-msgpack',
	'application/x-www-form-urlencoded',
	'text/csv',
];
TYPES.push(
	'application/json;',
	'text/plain; charset=foo',
	'text/plain',
	';;;',
	'text/yaml',
	'text/event-stream',
	'APPLICATION/CBOR'
);

/** Headers that Harper reads, with values that it cannot. */
const ODD: readonly [name: string, values: string[]][] = [
	['Content-Type', TYPES],
	['Accept', [...TYPES, '*/*;q=x', ',,;;', LONG]],
	['Authorization', ['Basic', 'Basic !!!', 'Basic Og==', 'Basic YWJj', 'Bearer x', 'Bearer', 'x', ':', LONG]],
	['Cookie', ['=;=;', `hdb-session=${LONG}`, 'hdb-session=', LONG]],
	['X-Replicate-To', [',;confirm=9', ',', ';', '=', '5;confirm=x', LONG]],
	['X-Replicate-From', [',', 'none']],
	['Cache-Control', [',;=', 'max-age', 'max-age=x']],
	['If-None-Match', ['x', LONG]],
	['If-Modified-Since', ['x']],
	['Range', ['bytes=9-1', 'x']],
	['Origin', ['x', 'null', 'http://[']],
	['Expect', ['100-continue', 'x']],
	['Content-Encoding', ['gzip', 'x']],
	['Transfer-Encoding', ['chunked', 'x', 'chunked, chunked']],
	['Content-Length', ['0', '5', '-1', 'x', '99999999999999999999']],
	['Upgrade', ['websocket', 'h2c', '']],
	['Connection', ['Upgrade', 'x', 'close, keep-alive']],
	['Destination', ['/Sign/y', '\\']],
	['X-Requested-With', ['x']],
	['X-Forwarded-For', ['x', LONG]],
	['Host', ['', '[', LONG]],
	['Bad Name', ['x']],
	['X-Odd', ['\x00', '\x7f', '\r\n continued']],
];

/** The bytes of one connection: one request, or the beginning of one. */
export function malformedHttp(random: Random, host: string, account: Account): Buffer[] {
	const path = random.chance(0.8) ? random.pick(PATHS) : random.pick(OTHERS);
	const headers = random.chance(0.95) ? [`Host: ${host}`] : [];
	// the name of a session's cookie contains the host
	if (random.chance(0.1))
		headers.push(`Cookie: ${host.replace(/\W/, '_')}-hdb-session=${random.pick(['', 'x', LONG])}`);
	const body = Buffer.from(random.pick(BODIES), 'latin1');
	if (random.chance(0.6)) headers.push(`Content-Type: ${random.pick(TYPES)}`);
	if (random.chance(0.6)) headers.push(`Content-Length: ${body.length}`);
	if (random.chance(0.5)) headers.push(`Authorization: ${basic(account)}`);
	for (let left = random.whole(3); left > 0; left--) {
		const [name, values] = random.pick(ODD);
		headers.push(`${name}: ${random.pick(values)}`);
	}
	const version = random.chance(0.95) ? 'HTTP/1.1' : random.pick(['HTTP/1.0', 'HTTP/2.0', 'HTTP/9', '']);
	const head = Buffer.from(`${random.pick(METHODS)} ${path} ${version}\r\n${headers.join('\r\n')}\r\n\r\n`, 'latin1');
	const request = Buffer.concat([head, body]);
	return [random.chance(0.2) ? random.mutate(request) : request];
}
