/** The history of a sign, as a client reads it. */
import { rest, type Account, type Server } from './clients.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';

export interface Change {
	at: string;
	by?: string | null;
	change: Record<string, unknown> | null;
	revision: number | null;
}

/** @throws unless the answer is 200 */
export async function historyOf(id: string, query = '', account: Account = ADMIN, server?: Server): Promise<Change[]> {
	const { status, text, json } = await rest('GET', `/History/${id}${query}`, undefined, account, server);
	if (status !== 200) throw new Error(`GET of the history of ${id} answers ${status} ${text}`);
	return json();
}

/** Without the times, which a test cannot know. */
export const untimed = (changes: Change[]) => changes.map(({ by, change, revision }) => ({ by, change, revision }));
