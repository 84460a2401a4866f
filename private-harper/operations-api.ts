/** Asks a Harper by its Operations API: one POST for each of its operations. The launcher, the tools and the tests do. */

/** Whom Harper is to take for the caller. */
export interface Account {
	username: string;
	password: string;
}

/** What is asked, and what it is asked about. */
export type Operation = { operation: string } & Record<string, unknown>;

/** The Authorization header of an account. */
export const basic = ({ username, password }: Account) =>
	`Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/**
 * @param account none: whoever Harper takes this machine for. A wrong one is refused, also where it needs none
 * @throws like fetch, when there is no answer
 */
export const askOperation = (
	url: string,
	body: Operation,
	account?: Account,
	signal?: AbortSignal
): Promise<Response> =>
	fetch(url, {
		method: 'POST',
		headers: { 'Content-Type': 'application/json', ...(account && { Authorization: basic(account) }) },
		body: JSON.stringify(body),
		signal: signal ?? null,
	});
