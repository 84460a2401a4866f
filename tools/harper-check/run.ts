/** Runs reproductions: those that share a Harper one after another, and beside them those that start one of their own. */
import { execFileSync } from 'node:child_process';
import type { Check, Outcome, Place } from './check.ts';
import { startCheckedHarper, type Started } from './harpers.ts';
import type { Options } from '../../launcher/harper.ts';
import { freePorts } from '../../launcher/ports.ts';
import { removeFolder, temporaryFolder } from '../../launcher/temporary-folder.ts';
import { makeCertificate } from '../../test/support/certificate.ts';

/** What became of a reproduction. */
export type Result = { cure: string; ms: number } & (Outcome | { verdict: 'broken'; seen: string });

/** A reproduction that takes longer is broken, in ms. */
const TIMEOUT = 60_000;

/**
 * @param application the folder of an application to run in place of the bare table
 * @param onResult is called for each reproduction when it has ended
 */
export async function runChecks(
	checks: Check[],
	application: string | undefined,
	onResult: (result: Result) => void
): Promise<Result[]> {
	const needsShared = checks.some(({ lane }) => lane !== 'own');
	const shared = needsShared ? await startShared(application) : undefined;
	const results: Result[] = [];
	const run = async (check: Check) => {
		const result = await runOne(check, shared, application);
		results.push(result);
		onResult(result);
	};
	const inTurn = async (lane: Check['lane']) => {
		for (const check of checks.filter((check) => check.lane === lane)) await run(check);
	};
	try {
		const waiting = checks.filter(({ lane }) => lane === 'waits');
		await Promise.all([inTurn('shared'), inTurn('own'), ...waiting.map(run)]);
	} finally {
		await shared?.remove();
	}
	return results;
}

async function startShared(application: string | undefined): Promise<Started> {
	const folder = temporaryFolder();
	const tls = hasOpenssl() && (await tlsOptions(folder));
	const started = await startCheckedHarper(application, tls ? { tls } : {});
	return { ...started, remove: () => started.remove().then(() => removeFolder(folder)) };
}

function hasOpenssl(): boolean {
	try {
		execFileSync('openssl', ['version'], { stdio: 'ignore' });
		return true;
	} catch {
		return false;
	}
}

async function tlsOptions(folder: string): Promise<Options['tls']> {
	const [httpsPort, mqttsPort] = await freePorts(2);
	return { httpsPort: httpsPort!, mqttsPort: mqttsPort!, http2: true, ...makeCertificate(folder) };
}

async function runOne(check: Check, shared: Started | undefined, application: string | undefined): Promise<Result> {
	const begin = performance.now();
	const cleanUps: (() => unknown)[] = [];
	const place: Place = {
		get harper() {
			return shared!.harper;
		},
		isBare: !application,
		log: () => shared!.log(),
		async start(changes) {
			const { harper, remove } = await startCheckedHarper(application, { threads: 1, ...changes });
			cleanUps.push(remove);
			return harper;
		},
		onEnd: (cleanUp) => cleanUps.push(cleanUp),
	};
	const end = (result: Outcome | { verdict: 'broken'; seen: string }): Result => ({
		cure: check.cure,
		...result,
		ms: Math.round(performance.now() - begin),
	});
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<never>((_, fail) => {
		timer = setTimeout(() => fail(new Error(`it did not end within ${TIMEOUT / 1000} s`)), TIMEOUT);
	});
	try {
		return end(await Promise.race([check.run(place), late]));
	} catch (error) {
		return end({ verdict: 'broken', seen: (error as Error).message });
	} finally {
		clearTimeout(timer);
		for (const cleanUp of cleanUps.reverse()) await cleanUp();
	}
}
