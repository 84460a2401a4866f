/**
 * The reference device: it connects one sign over MQTT, shows each state on a `Display`, and reports what is shown. A
 * program can import it, and firmware can copy it; docs/devices.md has the rules.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import type { Change, SignJson } from '../sign/fields.ts';
import { reconnectDelay } from '../web/reconnect-delay.js';
import { NoticeTimer } from './notice-timer.ts';

/** The output of a device: a matrix of LEDs, a terminal, a log. */
export interface Display {
	/**
	 * Shows a row, and returns or resolves when it is visible. The text is `shownText` of web/shown-text.js: it is called again
	 * with the same row when that changes. `null`: the sign does not exist, or was removed.
	 */
	show(row: SignJson | null): void | Promise<void>;
	/** The device is connected, and `show` is called with each new state. */
	connected(): void;
	/** The connection is lost: the display keeps its picture, which may be old. The device reconnects in `delay` ms. */
	disconnected(reason: string, delay: number): void;
	/** The server refused a write of this sign's account, or the display failed. */
	refused(reason: string): void;
}

export interface DeviceOptions {
	/** The sign's id. It is also the name of the account, the MQTT client id and the last level of the topic. */
	id: string;
	/** The server's URL: `mqtt://`, `mqtts://`, `ws://` or `wss://`. */
	url: string;
	/** Password of the sign's account; undefined for a server that needs no login. */
	password?: string | undefined;
	display: Display;
}

/**
 * In s. The server closes a silent connection after one and a half keep-alives [MQTT-3.1.2-22] and publishes the will, so
 * a device that has vanished is offline within its keep-alive plus 5 s.
 */
const KEEP_ALIVE = 8;
/** In s: how long the server keeps the session, with the messages that the device has missed. */
const SESSION_EXPIRY = 24 * 60 * 60;
/** In ms: within this time the device's own publish has come back as an event. */
const EVENT_DELAY = 1_000;
/** In ms: how long to wait for the server's CONNACK, and for the acknowledgement of the last publish in `end`. */
const TIMEOUT = 5_000;

/** Connects when it is constructed, and reconnects until `end`. */
export class SignDevice {
	#id: string;
	#display: Display;
	#client: MqttClient;
	#account: string | undefined;
	#attempts = 0;
	#retry: NodeJS.Timeout | undefined;
	/** Why the connection failed; empty while it is unknown. */
	#lastError = '';
	/** The row that arrived last; undefined before the first. */
	#row: SignJson | null | undefined;
	/** Whether the newest row, or its text at this time, is not yet on the display. */
	#mustShow = false;
	#isShowing = false;
	/** A row that the display shows and whose revision must be reported. */
	#unreported: SignJson | undefined;
	#isReporting = false;
	#notice = new NoticeTimer(() => void this.#show());
	#isPublishingOnline = false;
	#isEnding = false;

	constructor({ id, url, password, display }: DeviceOptions) {
		this.#id = id;
		this.#display = display;
		this.#account = password === undefined ? undefined : id;
		this.#client = mqtt.connect(url, {
			...sessionOptions(id),
			...(this.#account && { username: this.#account, password }),
		});
		this.#client.on('connect', () => void this.#connected());
		this.#client.on('message', (topic, payload) => this.#receive(topic, payload));
		this.#client.on('error', (error) => (this.#lastError = errorText(error)));
		this.#client.on('close', () => this.#disconnected());
	}

	/**
	 * Publishes a change of this sign, for a button on the device. It is a merge, like any client's.
	 * @throws when the device is not connected, or the server refuses
	 */
	async write(change: Change): Promise<void> {
		if (!this.#client.connected) throw new Error('the server is not heard: try again later');
		await this.#client.publishAsync(`Sign/${this.#id}`, JSON.stringify(change), { qos: 1 });
	}

	/** The row that arrived last; `null` when the sign does not exist, undefined before the first event. */
	get row(): SignJson | null | undefined {
		return this.#row;
	}

	/** Publishes that it is offline, because a DISCONNECT discards the will [MQTT-3.14.4-3], and disconnects. */
	async end(): Promise<void> {
		this.#isEnding = true;
		clearTimeout(this.#retry);
		this.#notice.stop();
		// for a removed sign this publish would create the sign again
		if (this.#row !== null)
			await Promise.race([this.#publish({ online: false }), sleep(TIMEOUT, undefined, { ref: false })]);
		await this.#client.endAsync(!this.#client.connected);
	}

	async #connected(): Promise<void> {
		this.#attempts = 0;
		this.#lastError = '';
		this.#display.connected();
		void this.#publishOnline();
		const topics: Record<string, { qos: 1; rh?: number }> = { [`Sign/${this.#id}`]: { qos: 1 } };
		// rh 2: no retained message, which would be an old refusal [MQTT5 3.8.3.1]
		if (this.#account) topics[`Rejection/${this.#account}`] = { qos: 1, rh: 2 };
		await this.#client.subscribeAsync(topics).catch((error: Error) => this.#reportFailure('subscribe', error));
	}

	#disconnected(): void {
		// MQTT.js drops these messages when it reconnects, and never settles their promises
		for (const id of Object.keys(this.#client.outgoing)) this.#client.removeOutgoingMessage(Number(id));
		if (this.#isEnding) return;
		const delay = reconnectDelay(this.#attempts++);
		this.#display.disconnected(this.#lastError || 'the connection is lost', delay);
		clearTimeout(this.#retry);
		this.#retry = setTimeout(() => this.#client.reconnect(), delay);
	}

	#receive(topic: string, payload: Buffer): void {
		const value = JSON.parse(payload.toString());
		if (topic.startsWith('Rejection/')) {
			if (value) this.#display.refused(`${value.status}: ${value.error}`);
			return;
		}
		this.#row = value as SignJson | null;
		// The device's own late will, or the server assumed that the device was gone.
		if (this.#row?.online === false) void this.#publishOnline();
		if (!this.#isEnding) this.#notice.watch(this.#row);
		void this.#show();
	}

	/** Shows the newest row, one at a time, and has its revision reported. Rows that arrive meanwhile may be skipped, except the last. */
	async #show(): Promise<void> {
		this.#mustShow = true;
		if (this.#isShowing) return;
		this.#isShowing = true;
		while (this.#mustShow && !this.#isEnding) {
			this.#mustShow = false;
			const last = this.#row;
			const isShown = await this.#tryShow(last ?? null);
			if (isShown && last && last.shownRevision !== last.revision) {
				this.#unreported = last;
				void this.#report();
			}
		}
		this.#isShowing = false;
	}

	/**
	 * Reports one revision at a time, and no revision of a row that a newer one, or a removal, has replaced. The display does not
	 * wait for it: on a network that is silent an acknowledgement may take until the end of the keep-alive.
	 */
	async #report(): Promise<void> {
		if (this.#isReporting) return;
		this.#isReporting = true;
		while (this.#unreported) {
			const row = this.#unreported;
			this.#unreported = undefined;
			if (row === this.#row) await this.#publish({ shownRevision: row.revision });
		}
		this.#isReporting = false;
	}

	/** @returns whether the display shows the row: only then is its revision reported */
	async #tryShow(row: SignJson | null): Promise<boolean> {
		try {
			await this.#display.show(row);
			return true;
		} catch (cause) {
			this.#display.refused(`the display does not show it: ${errorText(cause as Error)}`);
			return false;
		}
	}

	async #publishOnline(): Promise<void> {
		if (this.#isPublishingOnline || this.#isEnding) return;
		this.#isPublishingOnline = true;
		await this.#publish({ online: true });
		this.#isPublishingOnline = false;
		// a will that arrived during this publish was ignored: check once more
		setTimeout(() => this.#row?.online === false && void this.#publishOnline(), EVENT_DELAY).unref();
	}

	/** Does nothing without a connection: after each connect the device reports its current state anyway. */
	async #publish(change: Change): Promise<void> {
		if (!this.#client.connected) return;
		// with an account, the topic Rejection has the reason
		await this.write(change).catch((error: Error) => {
			if (!this.#account) this.#reportFailure(JSON.stringify(change), error);
		});
	}

	/** Reports a failed request, unless the connection was lost: then `disconnected` has reported that. */
	#reportFailure(what: string, error: Error): void {
		if (this.#client.connected) this.#display.refused(`${what}: ${errorText(error)}`);
	}
}

/** With MQTT 5 the server answers a refused publish with a reason code. Each sign has one client id, so that it has one session and one will. */
const sessionOptions = (id: string): IClientOptions => ({
	protocolVersion: 5,
	clientId: id,
	clean: false,
	properties: { sessionExpiryInterval: SESSION_EXPIRY },
	keepalive: KEEP_ALIVE,
	connectTimeout: TIMEOUT,
	// this class reconnects: MQTT.js has no growing delay
	reconnectPeriod: 0,
	will: { topic: `Sign/${id}`, payload: Buffer.from('{"online":false}'), qos: 1, retain: false },
});

/** The message of an error. Node's AggregateError, for a host with several addresses, has its messages in `errors`. */
function errorText(error: Error): string {
	const [first] = (error as { errors?: Error[] }).errors ?? [];
	return error.message || first?.message || error.name;
}
