/** Harper publishes its stored wills 2 s after its start, also those of clients that have connected by then. */
import mqtt from 'mqtt';
import { ADMIN } from '../../launcher/temporary-harper.ts';
import { get, offlineWill, type Server } from './clients.ts';
import { eventually } from './feed.ts';

/** In ms. A client that connects later than Harper publishes the wills is never shown offline. */
const TIMEOUT_MS = 4_000;

/** Resolves when Harper has published them: a later will means that a client died. Leaves the sign `probe`. */
export async function awaitStartWills(server: Server): Promise<void> {
	const probe = await mqtt.connectAsync(server.mqttUrl, { ...ADMIN, clientId: 'probe', will: offlineWill('probe') });
	await probe.publishAsync('Sign/probe', '{"online":true}', { qos: 1 });
	await eventually(
		() => get('probe', server),
		(row) => row?.online === false,
		TIMEOUT_MS
	).catch(() => {}); // it connected later
	await probe.endAsync();
}
