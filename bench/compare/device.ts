/** A device of the comparison: it publishes changes of one sign at QoS 1, and remembers when each was acknowledged. */
import { Changes, messageOf } from './clients/changes.ts';
import type { MqttConnection } from './clients/mqtt.ts';
import type { Target } from './targets/target.ts';

export class Device {
	readonly id: string;
	/** Acknowledged messages. */
	acknowledged = 0;
	/** The change that was acknowledged last. */
	last = 0;
	readonly #target: Target;
	readonly #connection: MqttConnection;
	readonly #changes = new Changes();
	/** In order: the number of each change, and when it was acknowledged. */
	readonly #history: { change: number; at: number }[] = [];

	constructor(target: Target, id: string, connection: MqttConnection) {
		this.#target = target;
		this.id = id;
		this.#connection = connection;
	}

	/** Publishes with `inFlight` messages unacknowledged, until a time of `performance.now()`. */
	async publishUntil(end: number, inFlight: number): Promise<void> {
		const publisher = async () => {
			while (performance.now() < end) await this.publish();
		};
		await Promise.all(Array.from({ length: inFlight }, publisher));
	}

	/** @throws when it is refused, or the connection ends before it is acknowledged */
	async publish(): Promise<void> {
		const change = this.#changes.begin();
		await this.#connection.publish(this.#target.deviceMessage(this.id, messageOf(change), this.#changes.count));
		this.acknowledged++;
		this.last = Math.max(this.last, change);
		this.#history.push({ change, at: performance.now() });
	}

	/** @param stored the change that the store has @returns how long ago the first one that it lacks was acknowledged, in s */
	secondsBehind(stored: number): number {
		const missing = this.#history.find(({ change }) => change > stored);
		return missing ? (performance.now() - missing.at) / 1000 : 0;
	}

	close(): void {
		this.#connection.close();
	}
}
