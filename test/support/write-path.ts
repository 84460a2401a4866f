/**
 * The write path of a running Harper, to which generated writes are sent: HTTP connections of both threads, MQTT clients,
 * WebSockets, and two subscribers of all signs. After each write the stored row is compared with the model.
 */
import { openEventSource, type Row, type Server, type SignEvent } from './clients.ts';
import { eventually } from './feed.ts';
import type { Lane, Step } from './generated.ts';
import { knownFields, write, type Verb } from './model.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';
import { openAllSigns, openHttp, openMqtt, openMqttWays, openOwn, type Send } from './write-ways.ts';

/** Opens what is needed to write to a Harper; ends with the test. */
export async function openWritePath(server: Server) {
	const http = await openHttp(server);
	const ways = { ...http.ways, ...(await openMqttWays(server)), 'WebSocket on all signs': await openAllSigns(server) };
	const told = await Promise.all([hearMqtt(server), hearEvents(server)]);
	let count = 0;

	const latest = new Map<string, string>();

	/** Sends a lane's writes one after another. @throws naming the first after which something differs from the model */
	async function runAlone({ id, steps }: Lane): Promise<void> {
		await http.ways.DELETE(id, '', '');
		let before = await http.get(id);
		const own = openOwn(server, id);
		try {
			for (const [at, step] of steps.entries()) {
				const send: Send = step.way === 'WebSocket on one sign' ? own.send : ways[step.way];
				before = await check(http.get, send, { step, id, before, since: latest.get(id) ?? '' }).catch(
					(cause: Error) => {
						throw new Error(`${id}, write ${at}, ${step.way} ${JSON.stringify(step.text)}: ${cause.message}`, {
							cause,
						});
					}
				);
				if (before) latest.set(id, before.updatedAt);
				count++;
			}
		} finally {
			own.close();
		}
		await untilTold(told, id, before);
	}
	/** One lane of a sign at a time. */
	const turns = new Map<string, Promise<void>>();
	function run(lane: Lane): Promise<void> {
		const ended = (turns.get(lane.id) ?? Promise.resolve()).then(() => runAlone(lane));
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
	// over a WebSocket nothing would tell when it was taken
	if (expected.isNothing && step.way.startsWith('WebSocket')) return before;
	const answer = await send(id, step.way === 'WebSocket on all signs' ? naming(step.text, id) : step.text, since);
	if (answer !== 'unknown' && answer.isRefused !== expected.isRefused)
		throw new Error(expected.isRefused ? 'was taken' : 'was refused');
	const row = await get(id);
	const isAsExpected = expected.isRefused ? same(row, before) : same(row && knownFields(row), expected.fields);
	if (!isAsExpected) throw new Error(`stored is ${JSON.stringify(row)}; expected ${JSON.stringify(expected.fields)}`);
	if (row && before && !expected.isRefused) {
		if (expected.isNothing ? row.updatedAt !== before.updatedAt : row.updatedAt <= before.updatedAt)
			throw new Error(`updatedAt is ${row.updatedAt} after ${before.updatedAt}`);
		const grown = row.revision - before.revision;
		if (expected.isRevision ? grown <= 0 : grown !== 0) throw new Error(`the revision grew by ${grown}`);
	}
	return row;
}

/** What a write is in the words of the contract. */
function meaning({ way, text }: Step, id: string): { verb: Verb; text: string } {
	if (way === 'DELETE' || (way.endsWith('retained') && text === '')) return { verb: 'remove', text };
	const verb = way === 'PUT' || way.endsWith('retained') ? 'replace' : 'merge';
	if (way === 'WebSocket on all signs') text = naming(text, id);
	return { verb, text };
}

/** The same object with the id that it is for. */
const naming = (text: string, id: string) =>
	text.replace(
		/^([ \t\r\n]*)\{([ \t\r\n]*\}?)/,
		(_, space: string, rest: string) => `${space}{"id":${JSON.stringify(id)}${rest.endsWith('}') ? '' : ','}${rest}`
	);

const sorted = (value: object | null) => value && Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
const same = (one: object | null, other: object | null) =>
	JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));

/** What a subscriber of all signs was told last of each. */
type Told = Map<string, Row | null>;

async function hearMqtt(server: Server): Promise<Told> {
	const told: Told = new Map();
	const client = await openMqtt(server, 5);
	client.on('message', (topic, payload) => told.set(topic.slice('Sign/'.length), JSON.parse(String(payload))));
	await client.subscribeAsync('Sign/+', { qos: 1 });
	return told;
}

async function hearEvents(server: Server): Promise<Told> {
	const told: Told = new Map();
	const { source } = await openEventSource('/Sign/', ADMIN, server);
	source.addEventListener('message', ({ data }) => {
		const { id, value } = JSON.parse(data) as SignEvent;
		told.set(id, value ?? null);
	});
	return told;
}

async function untilTold(subscribers: Told[], id: string, row: Row | null): Promise<void> {
	await eventually(
		async () => subscribers.map((told) => told.get(id) ?? null),
		(last) => last.every((heard) => same(heard, row)),
		10_000,
		`MQTT and SSE both receive ${JSON.stringify(row)} as the latest row of ${id}`
	);
}
