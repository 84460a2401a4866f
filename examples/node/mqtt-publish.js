// Changes a sign: node mqtt-publish.js lobby '{"message":"Hello"}'
import mqtt from 'mqtt';

const { SIGNS_MQTT_URL = 'mqtt://127.0.0.1:1883', SIGNS_USER: username, SIGNS_PASSWORD: password } = process.env;
const [sign = 'lobby', change = '{"message":"Hello"}'] = process.argv.slice(2);
const check = 'Start the server, or set SIGNS_MQTT_URL, SIGNS_USER and SIGNS_PASSWORD.';

const client = mqtt.connect(SIGNS_MQTT_URL, { username, password, protocolVersion: 5, reconnectPeriod: 0 });
client.on('error', ({ message }) => fail(`Cannot connect: ${message}. ${check}`));
client.on('close', () => fail(`The connection to ${SIGNS_MQTT_URL} was closed. ${check}`));
client.on('connect', async () => {
	try {
		await client.publishAsync(`Sign/${sign}`, change, { qos: 1 });
		console.log(`${sign} has ${change}`);
		process.exit(0);
	} catch {
		// The acknowledgement of a refused publish has only a code. The account's last refusal has the reason.
		client.on('message', (_topic, payload) => fail(`Refused: ${JSON.parse(String(payload)).error}`));
		await client.subscribeAsync(`Rejection/${username ?? 'admin'}`, { qos: 1 });
	}
});

/** @param {string} text */
function fail(text) {
	console.error(text);
	process.exit(1);
}
