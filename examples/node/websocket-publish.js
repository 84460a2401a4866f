// Changes a sign: node websocket-publish.js lobby '{"message":"Hello"}'
import { WebSocket } from 'ws';

const { SIGNS_URL = 'http://127.0.0.1:9926', SIGNS_USER, SIGNS_PASSWORD = '' } = process.env;
const [sign = 'lobby', change = '{"message":"Hello"}'] = process.argv.slice(2);
const url = `${SIGNS_URL.replace('http', 'ws')}/Sign/${sign}`;
const login = `Basic ${Buffer.from(`${SIGNS_USER}:${SIGNS_PASSWORD}`).toString('base64')}`;

const socket = new WebSocket(url, { headers: SIGNS_USER ? { Authorization: login } : {} });
setTimeout(fail, 10_000, `No answer from ${url}. Try again, or set SIGNS_URL.`);
socket.on('open', () => socket.send(change));
socket.on('message', (data) => {
	const { type, message, value } = JSON.parse(String(data));
	if (type === 'error') fail(`Refused: ${message}`);
	// A change that is accepted has no answer of its own: it comes as an event, like the changes of others.
	if (!value || Object.entries(JSON.parse(change)).some(([field, wanted]) => value[field] !== wanted)) return;
	console.log(`${sign} has ${change}`);
	process.exit(0);
});
socket.on('close', (_code, reason) => fail(`Closed: ${reason}. Check SIGNS_USER and SIGNS_PASSWORD.`));
socket.on('error', ({ message }) => fail(`Cannot connect: ${message}. Start the server, or set SIGNS_URL.`));

/** @param {string} text */
function fail(text) {
	console.error(text);
	process.exit(1);
}
