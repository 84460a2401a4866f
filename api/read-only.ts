/** The methods of a class that clients only read. */
import { ignoreBody } from '../harper-fixes/unread-bodies.ts';
import { Refusal } from '../sign/refusal.ts';
import type { Target } from './request.ts';

/** @returns a static method for each verb that writes: it refuses with 405 and this text */
export function refuseWrites(text: string) {
	return async (_target?: Target, data?: unknown): Promise<never> => {
		ignoreBody(data);
		// for DELETE the second argument is the context, which may have a body
		ignoreBody((data as { data?: unknown } | undefined)?.data);
		throw new Refusal(text, 405);
	};
}
