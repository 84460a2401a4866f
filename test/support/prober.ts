/** An honest device and its viewer, in a process of their own: how long after each publish it is heard, in ms. */
import mqtt from 'mqtt';

const { mqttUrl, account, id } = JSON.parse(process.env.PROBER!) as { mqttUrl: string; account: object; id: string };

/** Between a message and the next publish, in ms. */
const PAUSE = 5;

const [device, viewer] = await Promise.all([mqtt.connectAsync(mqttUrl, account), mqtt.connectAsync(mqttUrl, account)]);
let published = 0;
let since = 0;
// when the test has ended
process.once('disconnect', () => process.exit());
const publish = () => {
	since = performance.now();
	device.publish(`Sign/${id}`, JSON.stringify({ message: String(++published) }), { qos: 1 });
};
viewer.on('message', (_topic, payload) => {
	// the value before comes once more, when it was written just when it was subscribed to
	if (JSON.parse(String(payload))?.message !== String(published)) return;
	process.send!(performance.now() - since);
	setTimeout(publish, PAUSE);
});
await viewer.subscribeAsync(`Sign/${id}`, { qos: 1 });
process.send!('ready');
publish();
