/** The account that the page has: login form, its name, sign-out. The password leaves the form with the login. */
import { element, part, say } from './elements.js';
import { isTrusted, login, logout } from './session.js';

export class Login {
	#connection;
	#form = part(element('login'), 'form', HTMLFormElement);
	#refusal = part(this.#form, '.refusal', HTMLElement);
	#username = part(this.#form, '[name=username]', HTMLInputElement);
	#password = part(this.#form, '[name=password]', HTMLInputElement);
	/** Whose name stands there. @type {string | null} */
	#user = null;

	/** @param {import('./connection.js').Connection} connection to be made again with other rights */
	constructor(connection) {
		this.#connection = connection;
		this.#form.addEventListener('submit', (event) => {
			event.preventDefault();
			void this.#login();
		});
		element('sign-out').addEventListener('click', () => this.#logout());
	}

	/** @param {import('./connection.js').State} state */
	update({ word, account: { user } }) {
		const isAsked = word === 'Signed out';
		if (isAsked && element('login').hidden) queueMicrotask(() => this.#username.focus());
		element('login').hidden = !isAsked;
		if (user !== this.#user) void this.#name((this.#user = user));
	}

	/** @param {string | null} user */
	async #name(user) {
		say(element('user'), user ?? '');
		// Where everyone is someone, signing out changes nothing.
		element('sign-out').hidden = !user || (await isTrusted().catch(() => false));
	}

	async #login() {
		const credentials = /** @type {const} */ ([this.#username.value, this.#password.value]);
		this.#password.value = '';
		say(this.#refusal, '');
		const why = await login(...credentials).catch(() => 'the server does not answer: try again');
		say(this.#refusal, why);
		if (why) this.#password.focus();
		else void this.#connection.connect();
	}

	async #logout() {
		// Who cannot be signed out, because the server does not answer, sees it by the state of the connection.
		await logout().then(
			() => this.#connection.signedOut(),
			() => this.#connection.connect()
		);
	}
}
