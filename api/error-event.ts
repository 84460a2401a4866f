/** The answer to a WebSocket message whose write failed or was refused. */
import { logBurst } from '../harper-fixes/log-bursts.ts';
import { errorEvent } from '../sign/refusal.ts';

/** The event that reports an error to the client. Also logs the error if the server failed. */
export function toErrorEvent(error: Error) {
	const event = errorEvent(error);
	if (event.status === 500) logBurst('error', 'WebSocket writes that failed', 'A WebSocket write failed', error);
	return event;
}
