/** All reproductions, and the cures that have none, with the reason in their headers. */
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Check } from './check.ts';
import { HTTP_ANSWERS } from './http-answers.ts';
import { HTTP_QUERIES } from './http-queries.ts';
import { HTTP_REQUESTS } from './http-requests.ts';
import { LOGINS } from './logins.ts';
import { MQTT_CONNECTIONS } from './mqtt-connections.ts';
import { MQTT_MESSAGES } from './mqtt-messages.ts';
import { PROCESS } from './process.ts';
import { SESSIONS_AND_WILLS } from './sessions-and-wills.ts';
import { STORAGE } from './storage.ts';
import { WEBSOCKETS } from './websockets.ts';

export const CHECKS: Check[] = [
	...HTTP_REQUESTS,
	...HTTP_ANSWERS,
	...HTTP_QUERIES,
	...WEBSOCKETS,
	...MQTT_CONNECTIONS,
	...MQTT_MESSAGES,
	...SESSIONS_AND_WILLS,
	...STORAGE,
	...PROCESS,
	...LOGINS, // last: many wrong logins from this address
];

const FIXES = resolve(import.meta.dirname, '../../harper-fixes');

/** A cure: a file in harper-fixes/ whose header has a symptom. */
export interface Cure {
	/** Its path without extension, as a reproduction names it. */
	name: string;
	/** Why there is no reproduction: the line `Check: none, because …` of the header, and those that continue it. */
	notShown: string | undefined;
}

/** In the order of their paths. */
export function readCures(): Cure[] {
	return globSync('**/*.{ts,js}', { cwd: FIXES })
		.sort()
		.map((file) => ({ file, header: headerOf(file) }))
		.filter(({ header }) => /^ \* Symptoms?:/m.test(header))
		.map(({ file, header }) => ({ name: file.replace(/\.\w+$/, ''), notShown: reasonOf(header) }));
}

/** The first comment of a file. */
const headerOf = (file: string) => readFileSync(join(FIXES, file), 'utf8').split('*/', 1)[0]!;

function reasonOf(header: string): string | undefined {
	const [, reason] = /^ \* Check: none, because (.*?)$(?=\n \*(?: [A-Z][^\n]*|$))/ms.exec(header) ?? [];
	return reason?.replace(/\n \* /g, ' ').trim();
}
