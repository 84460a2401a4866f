/** The settings of `npm start` and `npm run cluster`, from the environment and in common. */
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import type { Options } from './harper.ts';

const DEFAULTS = {
	HTTP_PORT: 9926,
	MQTT_PORT: 1883,
	OPERATIONS_PORT: 9925,
	DATA_DIR: resolve(import.meta.dirname, '../data'),
};

/** The port in an environment variable, or its default. @throws when it is not a port from 1 to 65535 */
export function readPort(name: 'HTTP_PORT' | 'MQTT_PORT' | 'OPERATIONS_PORT'): number {
	const port = Number(process.env[name] || DEFAULTS[name]);
	if (Number.isInteger(port) && port > 0 && port < 65536) return port;
	throw new Error(`${name} must be a port from 1 to 65535, got "${process.env[name]}"`);
}

/** The folder for everything that the program writes, from DATA_DIR. */
export const dataFolder = () => resolve(process.env.DATA_DIR || DEFAULTS.DATA_DIR);

/** Options for one person on one machine: no login. */
export const localDefaults = () =>
	({
		// Nobody needs the password: every client on this machine is a super_user.
		admin: { username: 'admin', password: randomBytes(24).toString('base64url') },
		authorizeLocal: true,
		threads: 2,
	}) satisfies Partial<Options>;
