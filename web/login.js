/** The login form, the name of the account and the button "Sign out". The form clears the password when it sends it. */
import { byId, loadStyle, query, setText } from './dom.js';
import { loadParts } from './load-parts.js';
import { isLoginOptional, login, logout } from './session.js';

/** @returns {Promise<Login>} @throws when the server does not answer; it can be tried again */
export async function loadLogin() {
	await loadStyle(new URL('login.css', import.meta.url));
	await loadParts(new URL('login.html', import.meta.url), query(document, 'main', HTMLElement));
	return new Login();
}

class Login {
	#form = query(byId('login'), 'form', HTMLFormElement);
	#refusal = query(this.#form, '.refusal', HTMLElement);
	#username = query(this.#form, '[name=username]', HTMLInputElement);
	#password = query(this.#form, '[name=password]', HTMLInputElement);
	/** The account whose name is shown. @type {string | null} */
	#user = null;

	constructor() {
		this.#form.addEventListener('submit', (event) => {
			event.preventDefault();
			void this.#login();
		});
		byId('sign-out').addEventListener('click', () => logout());
	}

	/** @param {import('./connection.js').State} state */
	update({ status, account: { user } }) {
		const isSignedOut = status === 'Signed out';
		if (isSignedOut && byId('login').hidden) queueMicrotask(() => this.#username.focus());
		byId('login').hidden = !isSignedOut;
		if (user !== this.#user) void this.#showUser((this.#user = user));
	}

	/** @param {string | null} user */
	async #showUser(user) {
		setText(byId('user'), user ?? '');
		// Where no login is needed, signing out has no effect.
		byId('sign-out').hidden = !user || (await isLoginOptional().catch(() => false));
	}

	async #login() {
		const credentials = /** @type {const} */ ([this.#username.value, this.#password.value]);
		this.#password.value = '';
		setText(this.#refusal, '');
		const refusal = await login(...credentials).catch(() => 'the server does not answer: try again');
		setText(this.#refusal, refusal);
		if (refusal) this.#password.focus();
	}
}
