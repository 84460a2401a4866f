/** What `npm start` and `npm run cluster` take from the environment and have in common. */
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import type { Options } from './harper.ts';

const DEFAULTS = {
	HTTP_PORT: 9926,
	MQTT_PORT: 1883,
	OPERATIONS_PORT: 9925,
	DATA_DIR: resolve(import.meta.dirname, '../data'),
};

/** @throws when it is no port */
export function readPort(name: 'HTTP_PORT' | 'MQTT_PORT' | 'OPERATIONS_PORT'): number {
	const port = Number(process.env[name] || DEFAULTS[name]);
	if (Number.isInteger(port) && port > 0 && port < 65536) return port;
	throw new Error(`${name} must be a port from 1 to 65535, got "${process.env[name]}"`);
}

/** The folder for everything that is written. */
export const dataFolder = () => resolve(process.env.DATA_DIR || DEFAULTS.DATA_DIR);

/** For one person on one machine. */
export const atHome = () =>
	({
		// Nobody needs it: whoever is on this machine is super_user without it.
		admin: { username: 'admin', password: randomBytes(24).toString('base64url') },
		authorizeLocal: true,
		threads: 2,
	}) satisfies Partial<Options>;
