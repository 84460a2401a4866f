/** The options of `npm run harper-check`. Pure. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

export interface Options {
	/** The cures to check; empty for all. */
	only: string[];
	json: boolean;
	/** The folder of an application to run in place of the bare table. */
	application: string | undefined;
	help: boolean;
}

export const USAGE = `npm run harper-check -- [options]

  --only <names>        cures to check, separated by commas: mqtt/takeover,http2
  --json                one JSON array in place of the table
  --application <dir>   run the application in this folder in place of the bare table, to see "mended"
  --help                this text`;

/** @throws when an option is unknown, or names a cure that does not exist */
export function readOptions(words: string[], cures: string[]): Options {
	const { values } = parseArgs({
		args: words,
		options: {
			only: { type: 'string' },
			json: { type: 'boolean', default: false },
			application: { type: 'string' },
			help: { type: 'boolean', default: false },
		},
	});
	const only = values.only?.split(',').map((name) => name.trim()) ?? [];
	const unknown = only.find((name) => !cures.includes(name));
	if (unknown !== undefined)
		throw new Error(`--only must name cures, got "${unknown}": use one or more of ${cures.join(', ')}`);
	return { ...values, only, application: values.application && resolve(values.application) };
}
