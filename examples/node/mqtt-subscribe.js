// Prints the message of one sign, or of all signs, now and at each change: node mqtt-subscribe.js [sign]
import mqtt from 'mqtt';

const { SIGNS_MQTT_URL = 'mqtt://127.0.0.1:1883', SIGNS_USER: username, SIGNS_PASSWORD: password } = process.env;
const topic = `Sign/${process.argv[2] ?? '+'}`;
const client = mqtt.connect(SIGNS_MQTT_URL, { username, password, protocolVersion: 5, resubscribe: false });
let delay = 1_000; // in ms, until the next attempt

client.on('connect', () => {
	delay = 1_000;
	client.subscribe(topic, { qos: 1 }, (error) => error && console.error(`${topic} is refused: ${error.message}`));
});
client.on('message', (topic, payload) => {
	const id = topic.slice('Sign/'.length);
	const row = JSON.parse(String(payload));
	console.log(row ? `${id}: ${row.message}` : `${id} is removed`);
});
client.on('error', ({ message }) => console.error(message));
client.on('close', () => {
	console.error(`Lost. Next attempt in ${delay / 1000} s. Check SIGNS_MQTT_URL, SIGNS_USER and SIGNS_PASSWORD.`);
	client.options.reconnectPeriod = delay * (0.5 + Math.random());
	delay = Math.min(delay * 2, 30_000);
});
