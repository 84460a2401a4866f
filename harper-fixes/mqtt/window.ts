/**
 * The publishes that a client has not acknowledged, when it limits their number (Receive Maximum). Pure.
 * Part of deliver.ts: delete them together.
 */
export class Window {
	readonly #size: number;
	/** The packet identifiers of the publishes. */
	readonly #sent = new Set<number>();
	readonly #waiting: (() => void)[] = [];

	constructor(size: number) {
		this.#size = size;
	}

	/** Resolves when the publish may be sent. */
	async enter(messageId: number): Promise<void> {
		while (this.#sent.size >= this.#size) await new Promise<void>((done) => this.#waiting.push(done));
		this.#sent.add(messageId);
	}

	leave(messageId: number): void {
		if (this.#sent.delete(messageId)) this.#waiting.shift()?.();
	}
}
