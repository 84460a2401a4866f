/**
 * Logs failed logins of the page, when `logging.auditAuthEvents.logFailed` is set.
 *
 * Symptom: Harper logs a failed login by an Authorization header or over MQTT only, not one by `authenticateUser`.
 * Test: test/contract/forwarded.test.ts.
 * Delete when Harper logs it.
 */
import type { IncomingMessage } from 'node:http';
import { harperServer, logAuthEvent } from '../internals.ts';
import { clientAddressOf } from '../proxies/forwarded-for.ts';

/** Has the form of Harper's own entries. */
export function logFailedLogin(username: string, request: IncomingMessage): void {
	if (!harperServer.config?.logging?.auditAuthEvents?.logFailed) return;
	logAuthEvent({
		username,
		status: 'failure',
		type: 'authentication',
		originating_ip: clientAddressOf(request),
		request_method: request.method,
		path: request.url,
		auth_strategy: 'Session',
	});
}
