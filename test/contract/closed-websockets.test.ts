/** WebSockets that the server closes. It still accepted a message of 90 MB from a known account, for up to 30 s. */
import { expect, test } from 'vitest';
import { basic } from '../../launcher/operations-api.ts';
import { addAccount, url } from '../support/clients.ts';
import { rawConnection } from '../support/raw.ts';

const FOREIGN = 'http://evil.example';
const { origin: OWN, host, port } = new URL(url);

/** A masked frame of 90,000,000 bytes, of which 100,000 are sent. */
const HALF_A_MESSAGE = Buffer.concat([Buffer.from('82ff00000000055d4a8000000000', 'hex'), Buffer.alloc(100_000)]);

const CLOSE = 0x88;

test.for([
	['/nope', OWN, true],
	['/nope', OWN, false],
	['/Thread/', OWN, true],
	['/Sign/a.b', OWN, true],
	['/nope', FOREIGN, true],
	['/nope', FOREIGN, false],
	['/Sign/', FOREIGN, true],
	['/Sign/', FOREIGN, false],
] as const)(
	'a large message to %s, which is closed, of %s ends it (with a login: %j)',
	async ([path, origin, isKnown]) => {
		const heads = [`Host: ${host}`, `Origin: ${origin}`, 'Connection: Upgrade', 'Upgrade: websocket'];
		heads.push('Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==');
		if (isKnown) heads.push(`Authorization: ${basic(await addAccount('closed'))}`);
		const { write, until, untilClosed } = await rawConnection(port);
		write([`GET ${path} HTTP/1.1`, ...heads, '', ''].join('\r\n'));
		await until((all) => all[all.indexOf('\r\n\r\n') + 4] === CLOSE, 'a close frame');
		write(HALF_A_MESSAGE);
		expect(String(await untilClosed())).toMatch(/^HTTP\/1.1 101 /);
	}
);
