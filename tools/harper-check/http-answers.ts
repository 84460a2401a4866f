/** HTTP: the form of Harper's answers. */
import { newId, outcome, short, type Check } from './check.ts';
import { ask, put, read, sendJson } from './clients/http.ts';

const addresses: Check = {
	cure: 'addresses',
	lane: 'shared',
	async run({ harper }) {
		const [without, withSlash] = [await ask(harper, 'GET', '/Sign'), await ask(harper, 'GET', '/Sign/')];
		const isDescription = !without.text.startsWith('[') && withSlash.text.startsWith('[');
		return outcome(isDescription, `GET /Sign/ answers rows, GET /Sign ${short(without.text, 40)}`);
	},
};

const allowedMethods: Check = {
	cure: 'allowed-methods',
	lane: 'shared',
	async run({ harper }) {
		const { headers } = await ask(harper, 'OPTIONS', '/Session/');
		const { status } = await sendJson(harper, 'PUT', '/Session/', {});
		const names = String(headers.allow ?? '')
			.split(', ')
			.includes('PUT');
		const seen = `Allow of /Session/, which has no PUT, ${names ? 'names' : 'does not name'} it; PUT answers ${status}`;
		return outcome(names && status === 405, seen);
	},
};

const serializers: Check = {
	cure: 'serializers',
	lane: 'shared',
	async run({ harper }) {
		const id = newId('plain');
		await put(harper, id, { message: 'x' });
		const plain = await ask(harper, 'GET', `/Sign/${id}`, { headers: { Accept: 'text/plain' } });
		const csv = await ask(harper, 'GET', '/Sign/', { headers: { Accept: 'text/csv' }, account: null });
		const seen = `a row in text/plain is ${short(plain.text, 25)}, a refusal in text/csv ${short(csv.text, 25)}`;
		return outcome(plain.text.includes('[object Object]') || csv.text.startsWith('"0","1"'), seen);
	},
};

const answerTypes: Check = {
	cure: 'answer-types',
	lane: 'shared',
	async run({ harper }) {
		const id = newId('accept');
		const sent = { headers: { Accept: 'text/event-stream' }, wait: 1_000 };
		const { status } = await sendJson(harper, 'PUT', `/Sign/${id}`, { message: 'x' }, sent);
		const isStored = Boolean(await read(harper, id));
		const seen = `PUT with Accept: text/event-stream ${status ? `answers ${status}` : 'gets no answer'}`;
		return outcome(!status || !isStored, `${seen}; the row is ${isStored ? '' : 'not '}stored`);
	},
};

const loginWindow: Check = {
	cure: 'login-window',
	lane: 'shared',
	async run({ harper }) {
		const { status, headers } = await ask(harper, 'GET', '/Sign/', {
			headers: { Accept: 'text/event-stream' },
			account: null,
		});
		const challenge = String(headers['www-authenticate']);
		return outcome(
			/^basic/i.test(challenge),
			`an EventSource without a login: ${status}, WWW-Authenticate: ${challenge}`
		);
	},
};

const streamHeaders: Check = {
	cure: 'stream-headers',
	lane: 'shared',
	async run({ harper }) {
		const sent = { headers: { Accept: 'text/event-stream' }, wait: 1_000 };
		const [get, head] = [
			await ask(harper, 'GET', '/Sign/', { ...sent, wait: 300 }),
			await ask(harper, 'HEAD', '/Sign/', sent),
		];
		const cacheControl = get.headers['cache-control'] ?? 'missing';
		const seen = `of a stream, Cache-Control is ${cacheControl}; HEAD ${head.hasEnded ? 'ends' : 'does not end'}`;
		return outcome(!head.hasEnded || cacheControl === 'missing', seen);
	},
};

export const HTTP_ANSWERS = [addresses, allowedMethods, serializers, answerTypes, loginWindow, streamHeaders];
