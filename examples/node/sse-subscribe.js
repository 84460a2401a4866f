// Prints the message of one sign, or of all signs, now and at each change: node sse-subscribe.js [sign]
import { EventSource } from 'eventsource';

const { SIGNS_URL = 'http://127.0.0.1:9926', SIGNS_USER, SIGNS_PASSWORD = '' } = process.env;
const url = `${SIGNS_URL}/Sign/${process.argv[2] ?? ''}`;
const login = `Basic ${Buffer.from(`${SIGNS_USER}:${SIGNS_PASSWORD}`).toString('base64')}`;
const headers = { Accept: 'text/event-stream', ...(SIGNS_USER && { Authorization: login }) };
const check = 'Check SIGNS_URL, SIGNS_USER and SIGNS_PASSWORD.';
let delay = 1_000; // in ms, until the next attempt

function connect() {
	const source = new EventSource(url, { fetch: (url, init) => fetch(url, { ...init, headers }) });
	const lose = (cause = 'silence') => {
		source.close();
		clearTimeout(silence);
		console.error(`Lost: ${cause}. Next attempt in ${delay / 1000} s. ${check}`);
		setTimeout(connect, delay * (0.5 + Math.random()));
		delay = Math.min(delay * 2, 30_000);
	};
	const silence = setTimeout(lose, 60_000); // the server sends a heartbeat every 30 s, or more often
	source.addEventListener('open', () => (delay = 1_000));
	source.addEventListener('heartbeat', () => silence.refresh());
	source.addEventListener('message', ({ data }) => {
		const { id, value } = JSON.parse(data);
		console.log(value ? `${id}: ${value.message}` : `${id} is removed`);
	});
	source.addEventListener('error', ({ message }) => lose(message));
}
connect();
