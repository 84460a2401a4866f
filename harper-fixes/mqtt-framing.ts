/**
 * Cuts what an MQTT client sends into packets, by their fixed headers alone [MQTT-2.2, MQTT 5 2.1]. Pure. Part of
 * mqtt/connection.ts: to be deleted with it.
 *
 * A packet that announces too much is seen by its fixed header, before any of its body is kept. What is kept of a packet that
 * is not complete yet grows with what has come, not with what was announced.
 */

/** What is wrong with a packet, by the reason codes of MQTT 5. */
export const MALFORMED = 0x81;
export const TOO_LARGE = 0x95;

export interface Wrong {
	code: typeof MALFORMED | typeof TOO_LARGE;
	/** As in the first byte: 1 is CONNECT, 3 is PUBLISH. */
	kind: number;
	/** In bytes, as announced. */
	size: number;
}

const NOTHING = Buffer.alloc(0);

export class Framing {
	/** The most that the next packet may have. */
	#most: number;
	readonly #mostLater: number;
	/** The beginning of a packet that is not complete: the first `#kept` bytes. */
	#part = NOTHING;
	#kept = 0;

	/**
	 * @param mostFirst the most bytes that the first packet may have
	 * @param mostLater the same of each packet after it
	 */
	constructor(mostFirst: number, mostLater: number) {
		this.#most = mostFirst;
		this.#mostLater = mostLater;
	}

	/**
	 * @param pass gets complete packets, in order; several at once, uncopied, where they came so
	 * @returns what is wrong with the packet after those; after that no more may be taken
	 */
	take(bytes: Buffer, pass: (packets: Buffer) => void): Wrong | undefined {
		let start = 0;
		while (this.#kept) {
			const size = sizeOf(this.#part, 0, this.#kept);
			if (size > this.#most) return wrong(this.#part[0]!, size);
			if (size === this.#kept) pass(this.#release());
			else if (start === bytes.length) return undefined;
			else start += this.#keep(bytes.subarray(start, start + (size ? size - this.#kept : 1)));
		}
		return this.#takeWhole(bytes, start, pass);
	}

	/** From where a packet begins. */
	#takeWhole(bytes: Buffer, start: number, pass: (packets: Buffer) => void): Wrong | undefined {
		let end = start;
		let size = sizeOf(bytes, end, bytes.length);
		while (size && size <= this.#most && end + size <= bytes.length) {
			end += size;
			this.#most = this.#mostLater;
			size = sizeOf(bytes, end, bytes.length);
		}
		if (end > start) pass(end - start === bytes.length ? bytes : bytes.subarray(start, end));
		if (size > this.#most) return wrong(bytes[end]!, size);
		if (end < bytes.length) this.#keep(bytes.subarray(end));
		return undefined;
	}

	#keep(bytes: Buffer): number {
		const needed = this.#kept + bytes.length;
		if (needed > this.#part.length) {
			// slow: from no pool, which a few bytes of a slow client would keep whole
			const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#part.length, 64));
			this.#part.copy(larger, 0, 0, this.#kept);
			this.#part = larger;
		}
		bytes.copy(this.#part, this.#kept);
		this.#kept = needed;
		return bytes.length;
	}

	#release(): Buffer {
		const packet = this.#part.subarray(0, this.#kept);
		this.#part = NOTHING;
		this.#kept = 0;
		this.#most = this.#mostLater;
		return packet;
	}
}

/** The bytes of the packet that begins at `start`; 0 until its fixed header is complete, Infinity when that is malformed. */
function sizeOf(bytes: Buffer, start: number, end: number): number {
	let length = 0;
	for (let digit = 1; digit <= 4; digit++) {
		if (start + digit >= end) return 0;
		const byte = bytes[start + digit]!;
		length += (byte & 0x7f) << (7 * (digit - 1));
		if (byte < 0x80) return 1 + digit + length;
	}
	return Infinity; // [MQTT-1.5.5-1]
}

const wrong = (firstByte: number, size: number): Wrong => ({
	code: size === Infinity ? MALFORMED : TOO_LARGE,
	kind: firstByte >> 4,
	size,
});
