/**
 * The service of the stitched stack, as a team would write it that connects mosquitto, PostgreSQL and browsers: checked
 * bodies, prepared statements, a pool, a retained topic for each sign, an event stream, and each device's message
 * acknowledged to the broker when it is stored. What a client sees of it is what it sees of the application.
 */
import fastify, { type FastifyReply } from 'fastify';
import { openPublisher, receive } from './broker.ts';
import { CHANGE, ID, REPLACEMENT } from './rules.ts';
import { openSockets } from './sockets.ts';
import { openStreams } from './streams.ts';
import { openTable, type Change, type Row } from './table.ts';

const { PORT, MQTT_URL, DATABASE_FOLDER, DATABASE_USER } = process.env as Record<string, string>;

type WithId = { Params: { id: string } };

const table = await openTable(DATABASE_FOLDER!, 'postgres', DATABASE_USER!);
const streams = openStreams();
const publish = await openPublisher(MQTT_URL!, publishAll);
/** By id: the revision and time that were announced last. Two writes of a sign may return in another order than they were stored. */
const announced = new Map<string, number>();

const app = fastify({
	bodyLimit: 16_384,
	ajv: { customOptions: { removeAdditional: false, coerceTypes: false } },
});
const sockets = openSockets(app.server, table.get);

app.put<WithId>('/Sign/:id', { schema: { params: ID, body: REPLACEMENT } }, ({ params, body }, reply) =>
	write(params.id, body as Change, reply)
);
app.patch<WithId>('/Sign/:id', { schema: { params: ID, body: CHANGE } }, ({ params, body }, reply) =>
	write(params.id, body as Change, reply)
);
app.delete<WithId>('/Sign/:id', { schema: { params: ID } }, async ({ params: { id } }, reply) => {
	if (await table.remove(id)) announce(id, null);
	return reply.code(204).send();
});
app.get<WithId>('/Sign/:id', { schema: { params: ID } }, async ({ params: { id }, headers }, reply) => {
	const read = async () => [await table.get(id)].filter((row) => row !== undefined);
	if (headers.accept === 'text/event-stream') return stream(reply, id, read);
	const [row] = await read();
	return row ?? reply.code(404).send();
});
app.get('/Sign/', async ({ headers }, reply) =>
	headers.accept === 'text/event-stream' ? stream(reply, undefined, table.all) : table.all()
);

async function write(id: string, change: Change, reply: FastifyReply) {
	const row = await table.write(id, change);
	announce(id, row);
	return reply.code(204).send();
}

async function stream(reply: FastifyReply, id: string | undefined, read: () => Promise<Row[]>) {
	reply.hijack();
	await streams.open(reply.raw, id, read).catch(() => reply.raw.destroy());
}

/** To the subscribers of MQTT, Server-Sent Events and WebSocket. */
function announce(id: string, row: Row | null): void {
	if (row && row.revision < (announced.get(id) ?? 0)) return;
	if (row) announced.set(id, row.revision);
	else announced.delete(id);
	publish(id, row ? JSON.stringify(row) : '');
	streams.send(id, row);
	sockets.send(id, row);
}

async function publishAll(): Promise<void> {
	const rows = await table.all().catch(() => []);
	for (const row of rows) if (row.revision >= (announced.get(row.id) ?? 0)) publish(row.id, JSON.stringify(row));
}

await app.ready();
const isChange = app.validatorCompiler!({ schema: CHANGE, method: '', url: '' }) as (change: unknown) => boolean;

/** A message that is no change is dropped: MQTT 3.1.1 has no way to refuse it. */
async function store(id: string, payload: string): Promise<void> {
	const change = parse(payload);
	if (change && isChange(change)) announce(id, await table.write(id, change));
}

function parse(text: string): Change | undefined {
	try {
		return JSON.parse(text) as Change;
	} catch {
		return undefined;
	}
}

await receive(MQTT_URL!, store);
await publishAll();
await app.listen({ host: '127.0.0.1', port: Number(PORT) });
