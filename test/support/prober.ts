/** An honest device and its viewer, in their own process. Sends the delay of each message, in ms, to the parent process. */
import mqtt from 'mqtt';

const { mqttUrl, account, id } = JSON.parse(process.env.PROBER!) as { mqttUrl: string; account: object; id: string };

/** The pause between a message and the next publish. */
const PAUSE_MS = 5;

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
	// the previous value may arrive twice, when it was written during the SUBSCRIBE
	if (JSON.parse(String(payload))?.message !== String(published)) return;
	process.send!(performance.now() - since);
	setTimeout(publish, PAUSE_MS);
});
await viewer.subscribeAsync(`Sign/${id}`, { qos: 1 });
process.send!('ready');
publish();
