/**
 * Whether a session of Harper is durable, in the form that session-record.ts knows.
 * Part of sessions.ts: delete them together.
 */

/**
 * @param isClean whether the CONNECT that made the session, as Harper got it, asks for one that is not kept
 * @throws when Harper keeps the state of a durable session in another form: taken for a clean one, its state would be removed
 */
export function isDurable(session: { sessionRecord?: unknown }, isClean: boolean): boolean {
	if (isClean) return false;
	if (session.sessionRecord) return true;
	throw new Error(
		'This Harper keeps the state of durable MQTT sessions in a form that harper-fixes/mqtt/session-record.ts does not know: ' +
			'only clients with a clean session can connect (MQTT 5: Clean Start, and no Session Expiry Interval)'
	);
}
