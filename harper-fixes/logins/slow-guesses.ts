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
import { listenToMqtt, mqttClient } from './mqtt-logins.ts';

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
	listenToMqtt();
}

/** A check of Harper's, after what the login has to wait. Harper gives MQTT over TCP no request, but null. */
const inTurn =
	(check: CheckLogin): CheckLogin =>
	async (username, password, request) => {
		const client = mqttClient(request === null ? null : request?._nodeRequest?.socket);
		const socket = client?.socket ?? request?._nodeRequest?.socket;
		const login = loginOf(socket, { username, password: password ?? '' });
		const ask = () => check(username, password, request);
		// the domain socket has no address, and asks for no login
		if (!login) return ask();
		try {
			return await checkInTurn(login, socket!, ask);
		} catch (cause) {
			if (!client || !(cause instanceof TooManyLogins)) throw cause;
			await holdRefusal();
			client.refuse();
			return new Promise(() => {}); // Harper is not to answer, nor to write a line for each
		}
	};
