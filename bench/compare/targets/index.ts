/** Starts a target by its name. */
import { startApplication, startBareTable } from './harper.ts';
import { startFloor } from './floor.ts';
import { startStitched } from './stitched.ts';
import type { Target, TargetName } from './target.ts';

export interface Settings {
	/** Whether a commit of PostgreSQL waits for the disk. */
	syncs: boolean;
}

const START: Record<TargetName, (settings: Settings) => Promise<Target>> = {
	'application-2': () => startApplication('application-2', 2),
	'application-1': () => startApplication('application-1', 1),
	'bare-table-2': () => startBareTable('bare-table-2', 2),
	'bare-table-1': () => startBareTable('bare-table-1', 1),
	'stitched': ({ syncs }) => startStitched(syncs),
	'floor': startFloor,
};

/** @throws NotInstalled when a server is missing */
export const startTarget = (name: TargetName, settings: Settings): Promise<Target> => START[name](settings);
