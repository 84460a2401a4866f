/**
 * The acknowledgement of a publish that is refused: in MQTT 5 with the code of the reason, and with the text of the refusal
 * as the Reason String [MQTT 5 3.4.2.1, 3.5.2.1]. Pure.
 *
 * Symptom: Harper 4.7 answers every refusal with 0x80, without a text.
 * Test: test/contract/refused-publishes.test.ts.
 * Part of ../failed-publishes.ts: delete them together.
 */
import { isId, isJsonObject } from '../../sign/parse.ts';
import type { Connection } from './connection.ts';
import { acknowledgementOf, REASON } from './packets.ts';

/** A publish that is refused, with the payload as Harper has decoded it. */
interface Refused {
	topic: string | undefined;
	qos: 1 | 2;
	messageId: number;
	data: unknown;
	/** As over REST. */
	status: number;
	/** The text of the refusal. */
	message: string;
}

const isOfSign = (topic: string) => topic.startsWith('Sign/') && isId(topic.slice('Sign/'.length));

/** MQTT 5's reason code of a refusal; the first that applies. */
export function reasonOf({ status, topic = '', data }: Pick<Refused, 'status' | 'topic' | 'data'>): number {
	if (status === 401 || status === 403) return REASON.notAuthorized;
	if (!isOfSign(topic)) return REASON.wrongTopic;
	return isJsonObject(data) ? REASON.serverError : REASON.wrongPayload;
}

/** The PUBACK or PUBREC. In MQTT 3.1.1 it is that of an accepted publish. */
export function refusalOf(connection: Pick<Connection, 'version' | 'connect'>, refused: Refused): Buffer {
	const { qos, messageId, message } = refused;
	if (connection.version !== 5) return acknowledgementOf(qos, messageId);
	const { requestProblemInformation = true, maximumPacketSize = Infinity } = connection.connect?.properties ?? {};
	const reason = reasonOf(refused);
	const withText = acknowledgementOf(qos, messageId, reason, message);
	// a text is not sent to a client that asks for none [MQTT-3.1.2-29], or for smaller packets [MQTT-3.4.2-2, -3.5.2-2]
	const isTextWanted = requestProblemInformation && withText.length <= maximumPacketSize;
	return isTextWanted ? withText : acknowledgementOf(qos, messageId, reason);
}
