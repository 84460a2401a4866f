/** What the tests of several browsers use of a browser: the same for the drivers of Chromium, Firefox and WebKit. */

export interface Settings {
	/** In pixels; 1280 x 900 without it. WebKit has no other. */
	size?: { width: number; height: number };
	/** The system asks for less motion. */
	reducedMotion?: boolean;
	/** Firefox alone: what Tor Browser and LibreWolf set. What a page reads from a canvas is noise. */
	resistFingerprinting?: boolean;
}

export const SIZE = { width: 1280, height: 900 };

/** A browser with one page. */
export interface Tab {
	/** Loads an address, and resolves when the page is loaded. */
	open(address: string): Promise<void>;
	/**
	 * Runs a function in the page, which sees nothing of the test but its arguments.
	 * @returns its result, as JSON
	 * @throws what the function throws
	 */
	run<A extends unknown[], T>(script: (...words: A) => T | Promise<T>, ...words: A): Promise<T>;
	/** Types a text on the keyboard, into what has the focus; `ENTER` is the key. */
	type(text: string): Promise<void>;
	/** A picture of the page as PNG. */
	picture(): Promise<Buffer>;
	/** The errors on the console so far: of scripts, and what was written by console.error and console.warn. */
	errors(): Promise<string[]>;
	close(): Promise<void>;
}

/** A driver of a browser. */
export interface Driver {
	name: string;
	/** Why the browser cannot be started; undefined when it can. */
	missing: string | undefined;
	start(settings?: Settings): Promise<Tab>;
}

/** The key Enter, as WebDriver names it [WebDriver, 17.4.2]. */
export const ENTER = '\uE007';

/** The keys of a text, pressed and released, as an action of WebDriver and BiDi. */
export const keyActions = (text: string) => ({
	type: 'key',
	id: 'keyboard',
	actions: Array.from(text, (value) => ['keyDown', 'keyUp'].map((type) => ({ type, value }))).flat(),
});

/** A function's text, as the page can run it. Vitest replaces `import()` by a function of its own. */
export const sourceOf = (script: (...words: never[]) => unknown) =>
	String(script).replaceAll('__vite_ssr_dynamic_import__', 'import');
