/**
 * Slows guesses of passwords down over every protocol, by the rules of ../guesses.ts.
 *
 * Symptom: Harper answers as many wrong logins as it can, thousands a second. Test: test/logins.test.ts. It asks of Harper
 * that every login passes `server.getUser` or `server.authenticateUser`. To be deleted when Harper limits wrong logins by
 * address and account.
 *
 * Every thread counts what all have checked: a guesser has connections to each. Logins that come to several at the same
 * moment may each be checked.
 */
import { server } from 'harperdb';
import { loginOf } from '../login.ts';
import { checkInTurn, holdRefusal, TooManyLogins } from '../logins.ts';
import { checkedBefore, refuseOverHttp, type Check } from './http-logins.ts';
import { listenToMqtt, mqttClient } from './mqtt-logins.ts';

/** Of Harper's server, what its types have otherwise. */
interface Server {
	getUser: Check;
	authenticateUser: Check;
}

/** To be called once for each thread. */
export function slowGuesses(): void {
	const harper = server as unknown as Server;
	const { getUser, authenticateUser } = harper;
	const check = inTurn(getUser);
	harper.getUser = (username, password, request) => {
		// no password: who an account is, which is no login
		if (password === null || password === undefined) return getUser(username, password, request);
		return checkedBefore(request, { username, password }) ?? check(username, password, request);
	};
	harper.authenticateUser = inTurn(authenticateUser);
	refuseOverHttp(check);
	listenToMqtt();
}

/** A check of Harper's, after what the login has to wait. Harper gives MQTT over TCP no request, but null. */
const inTurn =
	(check: Check): Check =>
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
