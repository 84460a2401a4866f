/** How much a client may send before it is refused. docs/contract.md and docs/devices.md state these numbers. */

/** The largest packet of MQTT, in bytes. The largest sign needs 4,000. */
export const MAX_PACKET_BYTES = 16_384;

/** The largest body of an HTTP request, in bytes. */
export const MAX_BODY_BYTES = MAX_PACKET_BYTES;

/** The largest message of a WebSocket that does not speak MQTT, in bytes. */
export const MAX_MESSAGE_BYTES = MAX_PACKET_BYTES;

/**
 * The largest first packet of an MQTT connection, in bytes: a CONNECT with its last will, before the login is checked.
 */
export const MAX_CONNECT_BYTES = 65_536;

/**
 * The largest message of a WebSocket that speaks MQTT, in bytes, after the login: a message may hold several packets.
 */
export const MAX_MQTT_WEBSOCKET_BYTES = 262_144;

/** An MQTT client must send its CONNECT within this time, in ms. After the CONNECT the keep-alive applies. */
export const CONNECT_TIMEOUT_MS = 10_000;

/**
 * How long the connection of a refused client stays open, in ms, and how many bytes are read from it and dropped. Many
 * clients read the reason only after they have sent everything.
 */
export const LINGER_MS = 1_000;
export const MAX_DROPPED_BYTES = 262_144;

/** How many filters one MQTT connection may subscribe to, and how many bytes these filters may have together. */
export const MAX_FILTERS = 1_000;
export const MAX_FILTER_BYTES = 65_536;

/** How many durable MQTT sessions one account may have. */
export const MAX_DURABLE_SESSIONS = 1_000;
