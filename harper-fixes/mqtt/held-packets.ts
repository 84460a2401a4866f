/**
 * The packets of a client that must wait until Harper has handled an earlier packet, in order. While they take more
 * than the size of the largest packet, nothing is read from the socket.
 * Part of connection.ts: delete them together.
 */
import { MAX_PACKET_BYTES } from '../bounds.ts';

interface PausableSocket {
	pause(): unknown;
	resume(): unknown;
}

export class HeldPackets {
	readonly #socket: PausableSocket;
	/** Undefined while packets need not wait. */
	#packets: Buffer[] | undefined;
	#bytes = 0;

	constructor(socket: PausableSocket) {
		this.#socket = socket;
	}

	/** Whether the next packet must wait. */
	get isHolding(): boolean {
		return this.#packets !== undefined;
	}

	get isEmpty(): boolean {
		return !this.#packets?.length;
	}

	/** From now on packets must wait. */
	start(): void {
		this.#packets = [];
	}

	add(packets: Buffer): void {
		// a copy: the buffer that contains them may be large
		this.#packets!.push(Buffer.from(packets));
		this.#bytes += packets.length;
		if (this.#bytes > MAX_PACKET_BYTES) this.#socket.pause();
	}

	/** Stops holding. @returns the held packets */
	release(): Buffer[] {
		const packets = this.#packets ?? [];
		this.discard();
		this.#bytes = 0;
		return packets;
	}

	/** Stops holding, and drops the held packets. */
	discard(): void {
		this.#packets = undefined;
		if (this.#bytes > MAX_PACKET_BYTES) this.#socket.resume(); // a paused socket does not notice its end
	}
}
