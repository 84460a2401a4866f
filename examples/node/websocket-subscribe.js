// Prints the message of one sign, or of all signs, now and at each change: node websocket-subscribe.js [sign]
import { WebSocket } from 'ws';

const { SIGNS_URL = 'http://127.0.0.1:9926', SIGNS_USER, SIGNS_PASSWORD = '' } = process.env;
const login = `Basic ${Buffer.from(`${SIGNS_USER}:${SIGNS_PASSWORD}`).toString('base64')}`;
const url = `${SIGNS_URL.replace('http', 'ws')}/Sign/${process.argv[2] ?? ''}`;
const check = 'Check SIGNS_URL, SIGNS_USER and SIGNS_PASSWORD.';
let delay = 1_000; // in ms, until the next attempt

function connect() {
	const socket = new WebSocket(url, { headers: SIGNS_USER ? { Authorization: login } : {}, handshakeTimeout: 10_000 });
	let cause = '';
	const silence = setTimeout(() => socket.terminate(), 60_000); // the server sends a ping every 30 s, or more often
	socket.on('ping', () => silence.refresh());
	socket.on('message', (data) => {
		silence.refresh();
		delay = 1_000;
		const { id, value } = JSON.parse(String(data));
		if (id) console.log(value ? `${id}: ${value.message}` : `${id} is removed`);
	});
	socket.on('error', ({ message }) => (cause = message));
	socket.on('close', (code, reason) => {
		clearTimeout(silence);
		console.error(`Lost: ${cause || String(reason) || code}. Next attempt in ${delay / 1000} s. ${check}`);
		setTimeout(connect, delay * (0.5 + Math.random()));
		delay = Math.min(delay * 2, 30_000);
	});
}
connect();
