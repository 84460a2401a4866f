/** The answer to a WebSocket message that could not be written. */
import { logBurst } from '../harper-fixes/log-bursts.ts';
import { errorEvent } from '../sign/refusal.ts';

/** The event that tells a client of an error. The log gets a failure of the server. */
export function toErrorEvent(error: Error) {
	const event = errorEvent(error);
	if (event.status === 500) logBurst('error', 'WebSocket writes that failed', 'A WebSocket write failed', error);
	return event;
}
