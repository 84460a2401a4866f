/**
 * Sends generated writes to a running Harper, in every way, and has two subscribers of all signs. After each write it compares
 * the stored row with the model.
 */
import { openEventSource, type Row, type Server, type SignEvent } from './clients.ts';
import { eventually } from './feed.ts';
import type { Lane, Step } from './generated.ts';
import { knownFields, write, type Verb } from './model.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';
import { openAllSigns, openHttp, openMqtt, openMqttWays, openOwn, type Send } from './write-ways.ts';

/** Opens all connections; they close with the test. */
export async function openWritePath(server: Server) {
	const http = await openHttp(server);
	const ways = { ...http.ways, ...(await openMqttWays(server)), 'WebSocket on all signs': await openAllSigns(server) };
	const subscribers = await Promise.all([subscribeMqtt(server), subscribeEvents(server)]);
	let count = 0;

	/** The `updatedAt` of the latest row of each sign. */
	const updatedAt = new Map<string, string>();

	/** Sends a lane's writes one after another. @throws an error that names the first write whose result differs from the model */
	async function runNow({ id, steps }: Lane): Promise<void> {
		await http.ways.DELETE(id, '', '');
		let before = await http.get(id);
		const own = openOwn(server, id);
		try {
			for (const [at, step] of steps.entries()) {
				const send: Send = step.way === 'WebSocket on one sign' ? own.send : ways[step.way];
				before = await check(http.get, send, { step, id, before, since: updatedAt.get(id) ?? '' }).catch(
					(cause: Error) => {
						throw new Error(`${id}, write ${at}, ${step.way} ${JSON.stringify(step.text)}: ${cause.message}`, {
							cause,
						});
					}
				);
				if (before) updatedAt.set(id, before.updatedAt);
				count++;
			}
		} finally {
			own.close();
		}
		await untilReceived(subscribers, id, before);
	}
	/** The lanes of one sign run one after another. */
	const turns = new Map<string, Promise<void>>();
	function run(lane: Lane): Promise<void> {
		const ended = (turns.get(lane.id) ?? Promise.resolve()).then(() => runNow(lane));
		turns.set(
			lane.id,
			ended.catch(() => {})
		);
		return ended;
	}
	return { run, count: () => count };
}

interface One {
	step: Step;
	id: string;
	before: Row | null;
	since: string;
}

/** Sends one write. @returns the row after it */
async function check(get: (id: string) => Promise<Row | null>, send: Send, { step, id, before, since }: One) {
	const { verb, text } = meaning(step, id);
	const expected = write(before && knownFields(before), verb, text, id);
	// a WebSocket gets no answer to a write that changes nothing
	if (expected.isNothing && step.way.startsWith('WebSocket')) return before;
	const answer = await send(id, step.way === 'WebSocket on all signs' ? naming(step.text, id) : step.text, since);
	if (answer !== 'unknown' && answer.isRefused !== expected.isRefused)
		throw new Error(expected.isRefused ? 'must be refused, and was accepted' : 'must be accepted, and was refused');
	const row = await get(id);
	const isAsExpected = expected.isRefused ? same(row, before) : same(row && knownFields(row), expected.fields);
	if (!isAsExpected)
		throw new Error(
			`expected the stored row ${textOf(expected.isRefused ? before : expected.fields)}, got ${textOf(row)}`
		);
	if (row && before && !expected.isRefused) {
		if (expected.isNothing ? row.updatedAt !== before.updatedAt : row.updatedAt <= before.updatedAt)
			throw new Error(
				`updatedAt must ${expected.isNothing ? 'stay' : 'be later than'} ${before.updatedAt}, got ${row.updatedAt}`
			);
		const grown = row.revision - before.revision;
		if (expected.isRevision ? grown <= 0 : grown !== 0)
			throw new Error(`the revision must ${expected.isRevision ? 'grow' : 'stay'}, and grew by ${grown}`);
	}
	return row;
}

/** Translates a write into the terms of the contract. */
function meaning({ way, text }: Step, id: string): { verb: Verb; text: string } {
	if (way === 'DELETE' || (way.endsWith('retained') && text === '')) return { verb: 'remove', text };
	const verb = way === 'PUT' || way.endsWith('retained') ? 'replace' : 'merge';
	if (way === 'WebSocket on all signs') text = naming(text, id);
	return { verb, text };
}

/** Adds the id of the sign to the JSON object. */
const naming = (text: string, id: string) =>
	text.replace(
		/^([ \t\r\n]*)\{([ \t\r\n]*\}?)/,
		(_, space: string, rest: string) => `${space}{"id":${JSON.stringify(id)}${rest.endsWith('}') ? '' : ','}${rest}`
	);

const sorted = (value: object | null) => value && Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
const same = (one: object | null, other: object | null) =>
	JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));

const textOf = (value: unknown) => JSON.stringify(value);

/** The latest value that a subscriber of all signs has received, by the sign's id. */
type Latest = Map<string, Row | null>;

async function subscribeMqtt(server: Server): Promise<Latest> {
	const latest: Latest = new Map();
	const client = await openMqtt(server, 5);
	client.on('message', (topic, payload) => latest.set(topic.slice('Sign/'.length), JSON.parse(String(payload))));
	await client.subscribeAsync('Sign/+', { qos: 1 });
	return latest;
}

async function subscribeEvents(server: Server): Promise<Latest> {
	const latest: Latest = new Map();
	const { source } = await openEventSource('/Sign/', ADMIN, server);
	source.addEventListener('message', ({ data }) => {
		const { id, value } = JSON.parse(data) as SignEvent;
		latest.set(id, value ?? null);
	});
	return latest;
}

/** Waits until all subscribers have received the row as their latest one. */
async function untilReceived(subscribers: Latest[], id: string, row: Row | null): Promise<void> {
	await eventually(
		async () => subscribers.map((latest) => latest.get(id) ?? null),
		(received) => received.every((value) => same(value, row)),
		10_000,
		`MQTT and SSE both receive ${textOf(row)} as the latest row of ${id}`
	);
}
