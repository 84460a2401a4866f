/**
 * Runs the rounds. In each round every target is started, measured and ended, in another order than in the round before:
 * so a machine that grows slower meanwhile favours none of them.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { openConnections, closeAll } from './clients/spread.ts';
import type { Options } from './options.ts';
import { NOT_MEASURED, Results } from './results.ts';
import { sizesOf, type Sizes } from './sizes.ts';
import { startTarget } from './targets/index.ts';
import { NotInstalled, TARGETS, type Target, type TargetName } from './targets/target.ts';
import type { Work } from './work.ts';
import { WORKS } from './works/index.ts';
import { makeSigns } from './writes.ts';

/** In s: a work that does not end within it has failed. */
const WORK_TIMEOUT = 600;

type Log = (line: string) => void;

interface Run {
	options: Options;
	sizes: Sizes;
	results: Results;
	log: Log;
	/** The targets whose servers are missing. */
	missing: Set<TargetName>;
}

export async function run(options: Options, log: Log): Promise<Results> {
	const results = new Results();
	const state: Run = { options, sizes: sizesOf(options.smoke), results, log, missing: new Set() };
	for (let round = 0; round < options.rounds; round++) {
		const names = rotate(options.targets, round);
		const measureAll = async () => {
			for (let name = names.shift(); name; name = names.shift()) await measureTarget(state, name, round);
		};
		await Promise.all(Array.from({ length: options.smoke ? SMOKE_LANES : 1 }, measureAll));
	}
	return results;
}

/** How many targets a smoke run measures at the same time: most of its time goes into starting servers. */
const SMOKE_LANES = 3;

const rotate = <Item>(items: Item[], by: number) => [
	...items.slice(by % items.length),
	...items.slice(0, by % items.length),
];

async function measureTarget(state: Run, name: TargetName, round: number): Promise<void> {
	const { options, log } = state;
	const works = WORKS.filter(({ name, isOnce }) => options.works.includes(name) && !(isOnce && round > 0));
	const groups = groupsOf(works, options.smoke);
	for (let group = groups.shift(); group && !state.missing.has(name); group = groups.shift()) {
		log(`round ${round + 1} of ${options.rounds}, ${name}: ${TARGETS[name]}`);
		try {
			const rest = await measureGroup(state, name, group);
			if (rest.length) groups.unshift(rest);
		} catch (error) {
			const { message } = error as Error;
			const isMissing = error instanceof NotInstalled;
			if (isMissing) state.missing.add(name);
			for (const { name: work } of isMissing ? works : group)
				state.results.addProblem(name, isMissing ? NOT_MEASURED + message : message, work);
			log(`  ${isMissing ? NOT_MEASURED : ''}${message}`);
		}
	}
}

/** The works that share a started target. In a smoke run all do. */
function groupsOf(works: Work[], isSmoke: boolean): Work[][] {
	if (isSmoke) return [works];
	const shared = works.filter(({ needsNew }) => !needsNew);
	return [shared, ...works.filter(({ needsNew }) => needsNew).map((work) => [work])].filter(({ length }) => length);
}

/**
 * Measures until a work fails: it may leave clients behind, and so the others get a new target.
 * @returns the others
 * @throws when the target does not start
 */
async function measureGroup(state: Run, name: TargetName, works: Work[]): Promise<Work[]> {
	const { options, sizes } = state;
	const target = await startTarget(name, options);
	try {
		const ids = Array.from({ length: sizes.signs }, (_, n) => `sign-${n}`);
		const connections = await openConnections(target, sizes.connections);
		await makeSigns(target, ids, connections);
		closeAll(connections);
		for (const [n, work] of works.entries())
			if (target.hasSigns || !work.needsSigns)
				if (!(await measureWork(state, target, work, ids))) return works.slice(n + 1);
		return [];
	} finally {
		await target.stop();
	}
}

/** @returns whether it gave figures */
async function measureWork({ options, sizes, results, log }: Run, target: Target, work: Work, ids: string[]) {
	log(`  ${target.name}: ${work.name}`);
	const timer = new AbortController();
	const late = sleep(WORK_TIMEOUT * 1000, undefined, { signal: timer.signal }).then(() => {
		throw new Error(`${work.name} did not end within ${WORK_TIMEOUT} s`);
	});
	late.catch(() => {});
	try {
		const outcome = await Promise.race([work.run({ target, sizes, seconds: options.seconds, ids }), late]);
		results.add(target.name, outcome.values, outcome.isClientSaturated);
		return true;
	} catch (error) {
		const { message } = error as Error;
		log(`  ${target.name}: ${message}`);
		results.addProblem(target.name, message, work.name);
		return false;
	} finally {
		timer.abort();
	}
}
