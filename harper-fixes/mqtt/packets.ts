/**
 * Reads the first byte and the size of a packet without parsing it [MQTT-2.2], and parses and generates packets. Pure.
 * Part of front-door.ts: delete them together.
 */
import mqttPacket from 'mqtt-packet';

/** The first byte of a packet that a client sends: its type and its flags. */
export const CONNECT = 0x10;
export const PUBREL = 0x62;
export const SUBSCRIBE = 0x82;
export const UNSUBSCRIBE = 0xa2;
export const DISCONNECT = 0xe0;
/** PUBLISH at QoS 2: without flags, with RETAIN, with DUP, with both. */
export const PUBLISHES_AT_QOS_2 = [0x34, 0x35, 0x3c, 0x3d];

/** The type of a packet that a server sends. */
export const CONNACK = 2;
export const PUBREC = 5;
export const SUBACK = 9;
export const UNSUBACK = 11;
export const SERVER_DISCONNECT = 14;

export const typeOf = (packet: Buffer) => packet[0]! >> 4;

/** The reason codes of MQTT 5. */
export const REASON = {
	normal: 0,
	failure: 0x80,
	malformed: 0x81,
	protocolError: 0x82,
	serverError: 0x83,
	wrongVersion: 0x84,
	wrongClientId: 0x85,
	wrongLogin: 0x86,
	notAuthorized: 0x87,
	unavailable: 0x88,
	serverBusy: 0x89,
	wrongMethod: 0x8c,
	takenOver: 0x8e,
	wrongFilter: 0x8f,
	wrongTopic: 0x90,
	receiveMaximumExceeded: 0x93,
	packetTooLarge: 0x95,
	quotaExceeded: 0x97,
	wrongPayload: 0x99,
	notShared: 0x9e,
	tooManyConnects: 0x9f,
} as const;

/** The codes of a CONNACK in MQTT 3.1.1. A SUBACK has `REASON.failure`. */
export const RETURN_CODE = {
	wrongVersion: 1,
	wrongClientId: 2,
	unavailable: 3,
	wrongLogin: 4,
	notAuthorized: 5,
} as const;

/** The first byte of an acknowledgement. */
const PUBACK_BYTE = 0x40;
const PUBREC_BYTE = 0x50;

/** The PUBACK or PUBREC for a PUBLISH. @param reason only for MQTT 5 @param reasonString only with a reason */
export function acknowledgementOf(qos: 1 | 2, id: number, reason?: number, reasonString?: string): Buffer {
	const type = qos === 2 ? PUBREC_BYTE : PUBACK_BYTE;
	if (reasonString !== undefined) {
		const cmd = qos === 2 ? 'pubrec' : 'puback';
		return generate({ cmd, messageId: id, reasonCode: reason!, properties: { reasonString } }, 5);
	}
	const rest = [id >> 8, id & 0xff];
	return Buffer.from(reason === undefined ? [type, 2, ...rest] : [type, 3, ...rest, reason]);
}

/** 4 is MQTT 3.1.1, 3 is 3.1. */
export type Version = 3 | 4 | 5;

/** The size of the fixed header, in bytes. */
export function headerSize(packet: Buffer, at = 0): number {
	let size = 2;
	while (packet[at + size - 1]! & 0x80) size++;
	return size;
}

/** The size of the complete packet that begins at `at`, in bytes. */
export function packetSize(packets: Buffer, at: number): number {
	const header = headerSize(packets, at);
	let length = 0;
	for (let digit = header - 1; digit > 0; digit--) length = length * 128 + (packets[at + digit]! & 0x7f);
	return header + length;
}

/** @throws when the packet is malformed */
export function parse<P extends mqttPacket.Packet>(packet: Buffer, version: Version = 5): P {
	let parsed: P | undefined;
	const parser = mqttPacket.parser({ protocolVersion: version });
	parser.on('packet', (found) => (parsed = found as P));
	parser.on('error', (error) => {
		throw error;
	});
	parser.parse(packet);
	if (!parsed) throw new Error('the packet is not complete');
	return parsed;
}

export const generate = (packet: mqttPacket.Packet, protocolVersion: Version) =>
	mqttPacket.generate(packet, { protocolVersion });
