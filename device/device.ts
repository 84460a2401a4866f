/**
 * How a device behaves: everything between an MQTT connection and a display. Another program can import it, and a
 * firmware author copy it; docs/devices.md tells the rules. Touches the network alone: what shows the sign is a Display.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import type { Change, ToldRow } from '../sign.ts';

/** What shows a sign: a matrix of LEDs, a terminal, a log. */
export interface Display {
	/** Shows a state, and returns or resolves when it is visible. Null: the sign was removed, or is not made yet. */
	show(row: ToldRow | null): void | Promise<void>;
	/** The server is heard: what is shown is what it wants. */
	connected(): void;
	/** The server is not heard: what is shown stays, and may be old. The next attempt is in `delay` ms. */
	disconnected(why: string, delay: number): void;
	/** A write of this sign's own was refused, or could not be shown. */
	refused(why: string): void;
}

export interface DeviceOptions {
	/** The sign's id; also its account, its client id and the last level of its topic. */
	id: string;
	/** `mqtt://`, `mqtts://`, `ws://` or `wss://` and the server. */
	url: string;
	/** Of the account that is named like the sign; none on a server that needs no login. */
	password?: string | undefined;
	display: Display;
}

/**
 * In s. The server misses a silent device after one and a half of it [MQTT-3.1.2-22]: within its keep-alive plus 5 s one that
 * is gone is shown offline.
 */
const KEEP_ALIVE = 8;
/** How long the server keeps what was missed, in s. */
const SESSION_LIFE = 24 * 60 * 60;
/** How soon the server's word for what was said is heard, in ms. */
const ANSWER = 1_000;
/** For a server that takes the connection and says nothing, and for the last word of a device that ends; in ms. */
const PATIENCE = 5_000;

/**
 * How long to wait before an attempt to connect: 1 to 2 s at first, doubled each time, 15 to 30 s at last. By chance
 * within that, so that the devices of a building do not come back all at once.
 * @param attempts that have failed since the last connection
 * @param chance from 0 to 1
 * @returns ms
 */
export function reconnectDelay(attempts: number, chance = Math.random()): number {
	const longest = Math.min(30_000, 2_000 * 2 ** attempts);
	return longest / 2 + (longest / 2) * chance;
}

/** Connects at once, and stays connected until `end`. */
export class SignDevice {
	#id: string;
	#display: Display;
	#client: MqttClient;
	#account: string | undefined;
	#attempts = 0;
	#retry: NodeJS.Timeout | undefined;
	#why = '';
	/** What the server said last; undefined before its first word. */
	#row: ToldRow | null | undefined;
	#isShowing = false;
	#isSayingOnline = false;
	#isEnding = false;

	constructor({ id, url, password, display }: DeviceOptions) {
		this.#id = id;
		this.#display = display;
		this.#account = password === undefined ? undefined : id;
		this.#client = mqtt.connect(url, {
			...session(id),
			...(this.#account && { username: this.#account, password }),
		});
		this.#client.on('connect', () => void this.#connected());
		this.#client.on('message', (topic, payload) => this.#hear(topic, payload));
		this.#client.on('error', (error) => (this.#why = reason(error)));
		this.#client.on('close', () => this.#disconnected());
	}

	/**
	 * What a button on the sign does: a merge like any other client's.
	 * @throws when the server is not heard, or refuses
	 */
	async write(change: Change): Promise<void> {
		if (!this.#client.connected) throw new Error('the server is not heard: try again later');
		await this.#client.publishAsync(`Sign/${this.#id}`, JSON.stringify(change), { qos: 1 });
	}

	/** What the server said last, null when the sign was removed. */
	get row(): ToldRow | null | undefined {
		return this.#row;
	}

	/** Says that it is offline, which no will says for one that ends properly [MQTT-3.14.4-3], and disconnects. */
	async end(): Promise<void> {
		this.#isEnding = true;
		clearTimeout(this.#retry);
		// a removed sign would be made again by it
		if (this.#row !== null)
			await Promise.race([this.#say({ online: false }), sleep(PATIENCE, undefined, { ref: false })]);
		await this.#client.endAsync(!this.#client.connected);
	}

	async #connected(): Promise<void> {
		this.#attempts = 0;
		this.#why = '';
		this.#display.connected();
		void this.#sayOnline();
		const topics: Record<string, { qos: 1; rh?: number }> = { [`Sign/${this.#id}`]: { qos: 1 } };
		// rh 2: not the refusal of an hour ago [MQTT5 3.8.3.1]
		if (this.#account) topics[`Rejection/${this.#account}`] = { qos: 1, rh: 2 };
		await this.#client.subscribeAsync(topics).catch((error: Error) => this.#failed('subscribe', error));
	}

	#disconnected(): void {
		// what is under way would wait for ever: MQTT.js forgets it when it connects again, and its promise too
		for (const id of Object.keys(this.#client.outgoing)) this.#client.removeOutgoingMessage(Number(id));
		if (this.#isEnding) return;
		const delay = reconnectDelay(this.#attempts++);
		this.#display.disconnected(this.#why || 'the connection is lost', delay);
		clearTimeout(this.#retry);
		this.#retry = setTimeout(() => this.#client.reconnect(), delay);
	}

	#hear(topic: string, payload: Buffer): void {
		const value = JSON.parse(payload.toString());
		if (topic.startsWith('Rejection/')) {
			if (value) this.#display.refused(`${value.status}: ${value.error}`);
			return;
		}
		this.#row = value as ToldRow | null;
		// An old will of its own, or a server that thought it gone.
		if (this.#row?.online === false) void this.#sayOnline();
		void this.#show();
	}

	/** Shows the newest state and reports it, one after another: what came meanwhile is shown next, the last always. */
	async #show(): Promise<void> {
		if (this.#isShowing) return;
		this.#isShowing = true;
		for (let last; last !== this.#row && !this.#isEnding;) {
			last = this.#row;
			const isShown = await this.#canShow(last ?? null);
			if (isShown && last && last.shownRevision !== last.revision && last === this.#row)
				await this.#say({ shownRevision: last.revision });
		}
		this.#isShowing = false;
	}

	/** A display that fails shows nothing, and nothing is reported. */
	async #canShow(row: ToldRow | null): Promise<boolean> {
		try {
			await this.#display.show(row);
			return true;
		} catch (cause) {
			this.#display.refused(`the display does not show it: ${reason(cause as Error)}`);
			return false;
		}
	}

	async #sayOnline(): Promise<void> {
		if (this.#isSayingOnline || this.#isEnding) return;
		this.#isSayingOnline = true;
		await this.#say({ online: true });
		this.#isSayingOnline = false;
		// a will that came just then looked answered by what was said before it: look once more
		setTimeout(() => this.#row?.online === false && void this.#sayOnline(), ANSWER).unref();
	}

	/** Without a connection there is nothing to say: the next one begins with the current state. */
	async #say(change: Change): Promise<void> {
		if (!this.#client.connected) return;
		// with an account the topic Rejection tells why
		await this.write(change).catch((error: Error) => {
			if (!this.#account) this.#failed(JSON.stringify(change), error);
		});
	}

	/** When the connection was lost meanwhile, `disconnected` tells it. */
	#failed(what: string, error: Error): void {
		if (this.#client.connected) this.#display.refused(`${what}: ${reason(error)}`);
	}
}

/** MQTT 5: a refused publish is heard of at once. One client id for each sign: the will hangs on it. */
const session = (id: string): IClientOptions => ({
	protocolVersion: 5,
	clientId: id,
	clean: false,
	properties: { sessionExpiryInterval: SESSION_LIFE },
	keepalive: KEEP_ALIVE,
	connectTimeout: PATIENCE,
	// we reconnect ourselves: MQTT.js knows no growing delay
	reconnectPeriod: 0,
	will: { topic: `Sign/${id}`, payload: Buffer.from('{"online":false}'), qos: 1, retain: false },
});

/** Node's error for several addresses has no message, but its parts have. */
function reason(error: Error): string {
	const [first] = (error as { errors?: Error[] }).errors ?? [];
	return error.message || first?.message || error.name;
}
