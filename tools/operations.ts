/**
 * Asks a running Harper by its Operations API, for the tools. Whom to ask: CLI_TARGET, CLI_TARGET_USERNAME,
 * CLI_TARGET_PASSWORD, as Harper's own command line has them, from the environment or else from the file `.env`.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { askOperation, type Operation } from '../private-harper/operations-api.ts';

const ENV_FILE = resolve(import.meta.dirname, '../.env');
if (process.env.CLI_TARGET === undefined && existsSync(ENV_FILE)) {
	// Of one place all: the account of one server is not for another.
	delete process.env.CLI_TARGET_USERNAME;
	delete process.env.CLI_TARGET_PASSWORD;
	process.loadEnvFile(ENV_FILE);
}

/** Who is asked when CLI_TARGET names nobody: the Harper of this machine. */
export const LOCAL = 'http://127.0.0.1:9925';
const HINT = "is it the address of Harper's Operations API, whose port is 9925 if not set otherwise (CLI_TARGET)?";
const TRUST = 'its certificate is not trusted here; name the PEM file of its authority by NODE_EXTRA_CA_CERTS';

/** In ms. */
const ANSWER = 30_000;

/** The server that is asked. */
export function target(): URL {
	const text = process.env.CLI_TARGET || LOCAL;
	const url = URL.canParse(text) ? new URL(text) : undefined;
	// not shown: it may hold a password
	if (url?.username || url?.password)
		throw new Error('CLI_TARGET must not hold an account: give CLI_TARGET_USERNAME and CLI_TARGET_PASSWORD');
	if (url && /^https?:$/.test(url.protocol)) return url;
	throw new Error(
		`CLI_TARGET must be http:// or https:// and a server, like ${LOCAL}${text.includes('@') ? '' : `, got ${text}`}`
	);
}

/**
 * One of Harper's operations.
 * @param server another node of the target's cluster, which knows the same accounts
 * @returns its answer
 * @throws when the server does not answer, is no Harper, does not know the account, or refuses
 */
export async function operation<T>(body: Operation, server: URL = target()): Promise<T> {
	const { origin } = server;
	const { CLI_TARGET_USERNAME: username, CLI_TARGET_PASSWORD: password = '' } = process.env;
	const account = username ? { username, password } : undefined;
	const response = await askOperation(origin, body, account, AbortSignal.timeout(ANSWER)).catch((cause: Error) => {
		const reason = reasonOf(cause);
		const hint = /CERT|ISSUER/.test(reason) ? TRUST : HINT;
		throw new Error(`${origin} does not answer (${reason}): ${hint}`, { cause });
	});
	const answer = parsed(await response.text());
	if (response.status === 401)
		throw new Error(
			`${origin} does not know CLI_TARGET_USERNAME and CLI_TARGET_PASSWORD${password ? '' : ' (which is empty)'}: give those of its account`
		);
	if (typeof answer !== 'object' || answer === null)
		throw new Error(`${origin} answers ${response.status}, and not as Harper's Operations API does: ${HINT}`);
	if (response.ok) return answer as T;
	throw new Error(`${origin} refused: ${(answer as { error?: string }).error ?? JSON.stringify(answer)}`);
}

/** Why a request came to no answer, in a word: fetch hides it in the cause. */
export function reasonOf(failed: Error): string {
	const { code, message } = (failed.cause ?? failed) as NodeJS.ErrnoException;
	return code ?? message;
}

/** The reason in what Harper says: it prints YAML, folded and quoted, and begins with the way that the error came. */
export function explain(said: string): string {
	const words = said
		.trim()
		.replace(/\s*\\?\n\s+\\?/g, ' ')
		.replace(/^error: /, '')
		.replace(/^["']|["']$/g, '')
		.replace(/^(Error: )+/, '');
	if (words.startsWith('Failed to install'))
		return `${words}. Harper's log on the server has what npm said; its npm must reach the registry`;
	return words.replace(/^.*Failed to load resource module \S+: /s, '').split('\n')[0]!;
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
