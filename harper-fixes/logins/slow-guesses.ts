/**
 * Slows down password guesses over every protocol. The rules are in guesses.ts.
 *
 * Symptom: Harper answers as many wrong logins as it can, thousands a second.
 * Test: test/contract/logins.test.ts.
 * Depends on: `server.getUser` and `server.authenticateUser`, one of which checks every login.
 * Delete when Harper limits wrong logins by address and account.
 *
 * Each thread counts the attempts on all threads, since an attacker may connect to several. Logins that arrive on
 * several threads at the same moment may each be checked.
 */
import { harperServer, type CheckLogin } from '../internals.ts';
import { loginOf } from './login.ts';
import { checkInTurn, delayRefusal, TooManyLogins } from './logins.ts';
import { earlierCheck, refuseGuessesOverHttp } from './http-logins.ts';
import { connackOf } from '../mqtt/connack.ts';
import { connecting, type Connection } from '../mqtt/connection.ts';
import { REASON, RETURN_CODE } from '../mqtt/packets.ts';
import { clientAddressOf } from '../proxies/forwarded-for.ts';

/** Call it once for each thread. */
export function slowGuesses(): void {
	const { getUser, authenticateUser } = harperServer;
	const check = withDelay(getUser);
	harperServer.getUser = (username, password, request) => {
		// Without a password this only looks up the account; it is not a login.
		if (password === null || password === undefined) return getUser(username, password, request);
		return earlierCheck(request, { username, password }) ?? check(username, password, request);
	};
	harperServer.authenticateUser = withDelay(authenticateUser);
	refuseGuessesOverHttp(check);
}

/** Wraps Harper's check so that it runs after the delay. */
const withDelay =
	(check: CheckLogin): CheckLogin =>
	async (username, password, request) => {
		const client = connecting.getStore(); // the MQTT connection, if the login is one of MQTT
		const socket = client?.tcpSocket ?? request?._nodeRequest?.socket;
		const login = loginOf(addressOf(client, request), { username, password: password ?? '' });
		const checkNow = () => check(username, password, request);
		// a client of the domain socket has no address; it needs no login
		if (!login) return checkNow();
		try {
			return await checkInTurn(login, client ?? socket!, checkNow);
		} catch (cause) {
			if (!client || !(cause instanceof TooManyLogins)) throw cause;
			await delayRefusal();
			refuseClient(client);
			return new Promise(() => {}); // Never settles, so that Harper neither answers nor logs.
		}
	};

function addressOf(client: Connection | undefined, request: Parameters<CheckLogin>[2]): string | undefined {
	if (client) return client.tcpSocket.remoteAddress;
	return request?._nodeRequest && clientAddressOf(request._nodeRequest);
}

/** The close code of a WebSocket for "try again later". */
const TRY_AGAIN_LATER = 1013;

function refuseClient(client: Connection): void {
	const code = client.version === 5 ? REASON.tooManyConnects : RETURN_CODE.unavailable;
	client.end(connackOf(client.version, code), TRY_AGAIN_LATER, 'too many wrong logins');
}
