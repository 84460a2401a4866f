/** A client of Harper's Operations API: one POST per operation. */

export interface Account {
	username: string;
	password: string;
}

/** The name of the operation, and its parameters. */
export type Operation = { operation: string } & Record<string, unknown>;

/** The Authorization header of an account. */
export const basic = ({ username, password }: Account) =>
	`Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/**
 * @param account undefined sends no credentials. Harper refuses wrong credentials even where it needs none
 * @throws like `fetch`, when no answer comes
 */
export const sendOperation = (
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
