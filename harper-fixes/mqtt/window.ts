/** How many publishes are under way to a client that takes a number of them at once. Pure. Part of deliver.ts: to be deleted with it. */
export class Window {
	readonly #size: number;
	/** Their identifiers. */
	readonly #sent = new Set<number>();
	readonly #waiting: (() => void)[] = [];

	constructor(size: number) {
		this.#size = size;
	}

	/** Resolves when there is room for it. */
	async enter(messageId: number): Promise<void> {
		while (this.#sent.size >= this.#size) await new Promise<void>((done) => this.#waiting.push(done));
		this.#sent.add(messageId);
	}

	leave(messageId: number): void {
		if (this.#sent.delete(messageId)) this.#waiting.shift()?.();
	}
}
