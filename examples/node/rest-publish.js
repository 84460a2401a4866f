// Changes a sign: node rest-publish.js lobby '{"message":"Hello"}'
const { SIGNS_URL = 'http://127.0.0.1:9926', SIGNS_USER, SIGNS_PASSWORD = '' } = process.env;
const [sign = 'lobby', change = '{"message":"Hello"}'] = process.argv.slice(2);
const login = `Basic ${Buffer.from(`${SIGNS_USER}:${SIGNS_PASSWORD}`).toString('base64')}`;
const headers = { 'Content-Type': 'application/json', ...(SIGNS_USER && { Authorization: login }) };

try {
	const signal = AbortSignal.timeout(10_000);
	const answer = await fetch(`${SIGNS_URL}/Sign/${sign}`, { method: 'PATCH', headers, body: change, signal });
	if (answer.ok) console.log(`${sign} has ${change}`);
	else fail(`Refused: ${answer.status} ${await answer.text()}`);
	if (answer.status === 401) fail('Set SIGNS_USER and SIGNS_PASSWORD.');
} catch (error) {
	const { cause = error } = /** @type {Error} */ (error);
	fail(`No answer from ${SIGNS_URL}: ${cause}. Start the server, or set SIGNS_URL.`);
}

/** @param {string} text */
function fail(text) {
	console.error(text);
	process.exitCode = 1;
}
