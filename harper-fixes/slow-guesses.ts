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
import { connackOf } from './mqtt/connack.ts';
import { connecting, type Connection } from './mqtt/connection.ts';
import { REASON } from './mqtt/packets.ts';

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
}

/** A check of Harper's, after what the login has to wait. Of an MQTT client's the connection is known. */
const inTurn =
	(check: Check): Check =>
	async (username, password, request) => {
		const client = connecting.getStore();
		const socket = client?.tcpSocket ?? request?._nodeRequest?.socket;
		const login = loginOf(socket, { username, password: password ?? '' });
		const ask = () => check(username, password, request);
		// the domain socket has no address, and asks for no login
		if (!login) return ask();
		try {
			return await checkInTurn(login, () => (client ? client.isGone : socket!.destroyed), ask);
		} catch (cause) {
			if (!client || !(cause instanceof TooManyLogins)) throw cause;
			await holdRefusal();
			refuseClient(client);
			return new Promise(() => {}); // Harper is not to answer, nor to write a line for each
		}
	};

/** MQTT 5: connection rate exceeded; earlier ones, which lack it: server unavailable. */
const UNAVAILABLE = 3;
/** A WebSocket's "try again later". */
const LATER = 1013;

function refuseClient(client: Connection): void {
	const code = client.version === 5 ? REASON.tooManyConnects : UNAVAILABLE;
	client.end(connackOf(client.version, code), LATER, 'too many wrong logins');
}
