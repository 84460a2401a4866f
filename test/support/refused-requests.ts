/** Requests that REST refuses, for the tests of the form of a refusal. */
import { newId, type Account } from './clients.ts';
import type { Sent } from './http.ts';

type Refused = [method: string, path: string, sent: Sent, status: number, why: string];

interface Named {
	/** A sign that exists, and its location. */
	sign: string;
	location: string;
	/** An account that only reads, and one with a rejection. */
	viewer: Account;
	refused: Account;
}

/** One request for each reason, with the status and a part of the text of its refusal. */
export function refusedRequests({ sign, location, viewer, refused }: Named): Refused[] {
	const json = (body: string, sent: Sent = {}): Sent => ({
		headers: { 'Content-Type': 'application/json' },
		body,
		...sent,
	});
	const wrongLogin = '{"username":"x","password":"x"}';
	const ofSelected = `/Sign/?location=${location}`;
	return [
		['PUT', `/Sign/${sign}`, json('{"speed":0}'), 400, 'speed must be a whole number from 1 to 100, got 0'],
		['PUT', `/Sign/${sign}`, json('{bad'), 400, 'payload must be a JSON object'],
		['PATCH', ofSelected, json('{"speed":0}'), 400, 'speed must be a whole number'],
		['PATCH', ofSelected, json('{"speed":1}', { account: viewer }), 403, 'only an operator merges by query'],
		['POST', '/Sign/', json('{}'), 405, 'POST is not allowed here'],
		[
			'PUT',
			`/Rejection/${refused.username}`,
			json('{}', { account: refused }),
			405,
			'only the server writes rejections',
		],
		['PUT', `/Sign/${sign}`, json('x'.repeat(20_000)), 413, 'at most 16384 bytes'],
		['GET', '/Sign/a.b', {}, 400, 'id must be 1 to 64 of'],
		['GET', '/Sign/', { account: null }, 401, 'log in to do this'],
		['GET', '/Sign/', { headers: { Authorization: 'x' } }, 401, 'Authorization must be'],
		['GET', '/Sign/', { account: { username: newId('nobody'), password: 'x' } }, 401, 'Login failed'],
		['GET', '/Rejection/', { account: viewer }, 403, 'an account reads its own rejection only'],
		['POST', '/Session/', json('{}', { account: null }), 400, 'payload must be {'],
		['POST', '/Session/', json(wrongLogin, { account: null }), 401, 'wrong username or password'],
	];
}
