/**
 * How an MQTT subscription reads the stream of a row's events.
 * Part of deliver.ts and no-local.ts: delete them together.
 */

export interface Reader {
	/** Makes the value of an event from a row. `isFirst`: the value at the subscription, not a change. */
	toValue(row: object | null, isFirst: boolean): unknown;
	/** Whether the subscriber must not receive this change. */
	omits?(change: { id: string; version: number }): boolean;
}
