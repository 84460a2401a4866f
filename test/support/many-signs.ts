/** Thousands of signs on a server without a login, written by many connections at once. */

const CONNECTIONS = 32;

/** @throws when the server refuses it */
export async function writeSign(url: string, id: string, fields: object, method = 'PATCH'): Promise<void> {
	const headers = { 'Content-Type': 'application/json' };
	const response = await fetch(`${url}/Sign/${id}`, { method, headers, body: JSON.stringify(fields) });
	if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
	await response.arrayBuffer();
}

/** Writes `sign-0` to the sign before `sign-<end>`. */
export async function fillServer(url: string, end: number, fieldsOf: (number: number) => object, start = 0) {
	let next = start;
	const write = async () => {
		for (let number = next++; number < end; number = next++)
			await writeSign(url, `sign-${number}`, fieldsOf(number), 'PUT');
	};
	await Promise.all(Array.from({ length: CONNECTIONS }, write));
}
