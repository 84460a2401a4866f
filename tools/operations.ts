/**
 * Sends operations to a running Harper, for the tools. The server and the account come from CLI_TARGET,
 * CLI_TARGET_USERNAME and CLI_TARGET_PASSWORD, as in Harper's own command line: from the environment, or else from `.env`.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { sendOperation, type Operation } from '../launcher/operations-api.ts';

const ENV_FILE = resolve(import.meta.dirname, '../.env');
if (process.env.CLI_TARGET === undefined && existsSync(ENV_FILE)) {
	// All three come from the same place: the account of one server must not be sent to another.
	delete process.env.CLI_TARGET_USERNAME;
	delete process.env.CLI_TARGET_PASSWORD;
	process.loadEnvFile(ENV_FILE);
}

/** The server without CLI_TARGET: the Harper of this machine. */
export const LOCAL = 'http://127.0.0.1:9925';
const HINT = "is it the address of Harper's Operations API, whose port is 9925 if not set otherwise (CLI_TARGET)?";
const TRUST = 'its certificate is not trusted here; name the PEM file of its authority by NODE_EXTRA_CA_CERTS';

/** In ms. */
const TIMEOUT = 30_000;

/**
 * The URL of the server's Operations API.
 * @throws when CLI_TARGET is no URL of a server, or contains an account
 */
export function target(): URL {
	const text = process.env.CLI_TARGET || LOCAL;
	const url = URL.canParse(text) ? new URL(text) : undefined;
	// the message must not show the URL: it may hold a password
	if (url?.username || url?.password)
		throw new Error('CLI_TARGET must not hold an account: give CLI_TARGET_USERNAME and CLI_TARGET_PASSWORD');
	if (url && /^https?:$/.test(url.protocol)) return url;
	throw new Error(
		`CLI_TARGET must be http:// or https:// and a server, like ${LOCAL}${text.includes('@') ? '' : `, got ${text}`}`
	);
}

/**
 * Sends one operation.
 * @param server another node of the target's cluster, which has the same accounts
 * @returns the server's answer
 * @throws when the server does not answer within 30 s, is no Harper, does not know the account, or refuses
 */
export async function operation<T>(body: Operation, server: URL = target()): Promise<T> {
	const { origin } = server;
	const { CLI_TARGET_USERNAME: username, CLI_TARGET_PASSWORD: password = '' } = process.env;
	const account = username ? { username, password } : undefined;
	const response = await sendOperation(origin, body, account, AbortSignal.timeout(TIMEOUT)).catch((cause: Error) => {
		const reason = reasonOf(cause);
		const hint = /CERT|ISSUER/.test(reason) ? TRUST : HINT;
		throw new Error(`${origin} does not answer (${reason}): ${hint}`, { cause });
	});
	const answer = parseJson(await response.text());
	if (response.status === 401)
		throw new Error(
			`${origin} does not know CLI_TARGET_USERNAME and CLI_TARGET_PASSWORD${password ? '' : ' (which is empty)'}: give those of its account`
		);
	if (typeof answer !== 'object' || answer === null)
		throw new Error(`${origin} answers ${response.status}, and not as Harper's Operations API does: ${HINT}`);
	if (response.ok) return answer as T;
	throw new Error(`${origin} refused: ${(answer as { error?: string }).error ?? JSON.stringify(answer)}`);
}

/** Why a request failed: the code or message of its cause, because fetch itself only says "fetch failed". */
export function reasonOf(error: Error): string {
	const { code, message } = (error.cause ?? error) as NodeJS.ErrnoException;
	return code ?? message;
}

/** The reason in an error of Harper, which is folded and quoted YAML with the names of the calling functions in front. */
export function explain(output: string): string {
	const text = output
		.trim()
		.replace(/\s*\\?\n\s+\\?/g, ' ')
		.replace(/^error: /, '')
		.replace(/^["']|["']$/g, '')
		.replace(/^(Error: )+/, '');
	if (text.startsWith('Failed to install'))
		return `${text}. Harper's log on the server has what npm said; its npm must reach the registry`;
	return text.replace(/^.*Failed to load resource module \S+: /s, '').split('\n')[0]!;
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
