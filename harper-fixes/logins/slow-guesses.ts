/**
 * Slows guesses of passwords down over every protocol, by the rules of guesses.ts.
 *
 * Symptom: Harper answers as many wrong logins as it can, thousands a second. Test: test/contract/logins.test.ts. It asks of Harper
 * that every login passes `server.getUser` or `server.authenticateUser`. To be deleted when Harper limits wrong logins by
 * address and account.
 *
 * Every thread counts what all have checked: a guesser has connections to each. Logins that come to several at the same
 * moment may each be checked.
 */
import { harperServer, type CheckLogin } from '../internals.ts';
import { loginOf } from './login.ts';
import { checkInTurn, holdRefusal, TooManyLogins } from './logins.ts';
import { checkedBefore, refuseOverHttp } from './http-logins.ts';
import { connackOf } from '../mqtt/connack.ts';
import { connecting, type Connection } from '../mqtt/connection.ts';
import { REASON } from '../mqtt/packets.ts';

/** To be called once for each thread. */
export function slowGuesses(): void {
	const { getUser, authenticateUser } = harperServer;
	const check = inTurn(getUser);
	harperServer.getUser = (username, password, request) => {
		// no password: who an account is, which is no login
		if (password === null || password === undefined) return getUser(username, password, request);
		return checkedBefore(request, { username, password }) ?? check(username, password, request);
	};
	harperServer.authenticateUser = inTurn(authenticateUser);
	refuseOverHttp(check);
}

/** A check of Harper's, after the time that the login has to wait. The front door knows the connection of an MQTT client. */
const inTurn =
	(check: CheckLogin): CheckLogin =>
	async (username, password, request) => {
		const client = connecting.getStore();
		const socket = client?.tcpSocket ?? request?._nodeRequest?.socket;
		const login = loginOf(socket, { username, password: password ?? '' });
		const ask = () => check(username, password, request);
		// the domain socket has no address, and asks for no login
		if (!login) return ask();
		try {
			return await checkInTurn(login, client ?? socket!, ask);
		} catch (cause) {
			if (!client || !(cause instanceof TooManyLogins)) throw cause;
			await holdRefusal();
			refuseClient(client);
			return new Promise(() => {}); // Harper is not to answer, nor to write a line for each
		}
	};

/** MQTT 5: connection rate exceeded. Earlier versions lack it: server unavailable. */
const UNAVAILABLE = 3;
/** A WebSocket's code for "try again later". */
const LATER = 1013;

function refuseClient(client: Connection): void {
	const code = client.version === 5 ? REASON.tooManyConnects : UNAVAILABLE;
	client.end(connackOf(client.version, code), LATER, 'too many wrong logins');
}
