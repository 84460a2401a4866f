/**
 * The value of an event for an MQTT subscriber: the row, and whether it is the value at the subscription or a change.
 * Part of deliver.ts: delete them together.
 */
export class PublishedValue {
	readonly row: object | null;
	readonly isFirst: boolean;

	constructor(row: object | null, isFirst: boolean) {
		this.row = row;
		this.isFirst = isFirst;
	}

	/** Any other code that sends the value sends the row. */
	toJSON(): object | null {
		return this.row;
	}
}
