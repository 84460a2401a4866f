/**
 * Whether a request comes from a page of this application's own origin. Pure.
 * Part of foreign-sockets.ts: delete it when Harper checks the origin of a WebSocket, and api/session.ts has a check of
 * its own.
 */
import type { Headers } from './internals.ts';

/**
 * Sec-Fetch-Site is what the browser itself says, and no page can set it [W3C Fetch Metadata, 2.3]. Browsers send it
 * over https and to localhost; Chromium not with a WebSocket. It holds also behind a proxy that sends another Host.
 * Without it, the origin must be that of Host. Clients other than browsers send neither it nor Origin.
 */
export function isOwnOrigin({ asObject: headers }: Headers): boolean {
	const { origin, host, 'sec-fetch-site': site } = headers;
	if (origin === undefined) return true;
	if (site !== undefined) return site === 'same-origin';
	return URL.canParse(origin) && new URL(origin).host === withoutDefaultPort(host, origin);
}

/** Host as it stands in an origin: in lower case, and without the port that the protocol implies. */
function withoutDefaultPort(host: string | undefined, origin: string): string | undefined {
	const { protocol } = new URL(origin);
	const url = `${protocol}//${host}`;
	return URL.canParse(url) ? new URL(url).host : host;
}

/** How much of each header is repeated. */
const MAX_REPEATED = 100;

/** Why a request is refused that is not of an own page. It may be one, behind a proxy that sends another Host. */
export function foreignOrigin({ asObject: { origin, host } }: Headers): string {
	const [got, own] = [origin, host].map((value) => JSON.stringify((value ?? '').slice(0, MAX_REPEATED)));
	return `Origin is ${got}, Host is ${own}; a proxy must forward Host (nginx: proxy_set_header Host $http_host)`;
}
