/** How much a client may send at once before it is refused. docs/contract.md and docs/devices.md name these numbers. */

/** A packet of MQTT, the body of an HTTP request, a message of a WebSocket; in bytes. The largest sign needs 4,000. */
export const MOST_BYTES = 16_384;

/** The first packet of an MQTT connection, a CONNECT with its last will; from someone who is not known yet. */
export const MOST_CONNECT_BYTES = 65_536;

/** A message of a WebSocket that speaks MQTT holds any part of the stream: several packets too. Of a known client. */
export const MOST_PACKETS_BYTES = 262_144;

/** Within it an MQTT client must have sent its CONNECT, in ms; from then on the keep-alive counts. */
export const CONNECT_WITHIN = 10_000;

/**
 * How long a client that was refused may stay, in ms, and how many bytes it may go on sending: many clients read why only when
 * they have sent all. What it sends is dropped, and beyond not read, which costs nothing.
 */
export const LINGER = 1_000;
export const MOST_DROPPED = 262_144;

/** How many filters one MQTT connection may subscribe to, and how many bytes these may have together. */
export const MOST_FILTERS = 1_000;
export const MOST_FILTER_BYTES = 65_536;

/** How many durable MQTT sessions of one account are kept. */
export const MOST_DURABLE_SESSIONS = 1_000;
