/** An honest device and its viewer, in a thread of their own: how long after each publish it is heard, in ms. */
import { parentPort, workerData } from 'node:worker_threads';
import mqtt from 'mqtt';

const { mqttUrl, account, id } = workerData as { mqttUrl: string; account: object; id: string };

/** Between a message and the next publish, in ms. */
const PAUSE = 5;

const [device, viewer] = await Promise.all([mqtt.connectAsync(mqttUrl, account), mqtt.connectAsync(mqttUrl, account)]);
let published = 0;
let since = 0;
const publish = () => {
	since = performance.now();
	device.publish(`Sign/${id}`, JSON.stringify({ message: String(++published) }), { qos: 1 });
};
viewer.on('message', (_topic, payload) => {
	// the value before comes once more, when it was written just when it was subscribed to
	if (JSON.parse(String(payload))?.message !== String(published)) return;
	parentPort!.postMessage(performance.now() - since);
	setTimeout(publish, PAUSE);
});
await viewer.subscribeAsync(`Sign/${id}`, { qos: 1 });
parentPort!.postMessage('ready');
publish();
