/**
 * What each cure needs of Harper. A cure is applied where all of it is there, and is off where a member is absent. Where one
 * has another form, and where REQUIRED says so, the application does not start. Pure.
 * Part of every cure: delete its line with it.
 */
import type { Members } from './asks.ts';

const HTTP = { 'server.http': 'function' } as const;
const WEBSOCKETS = { 'server.ws': 'function' } as const;
const UPGRADES = { 'server.upgrade': 'function' } as const;
const CONTENT_TYPES = { 'server.contentTypes.get': 'function' } as const;
const LOGINS = { 'server.getUser': 'function', 'server.authenticateUser': 'function' } as const;
/** Not there on a Harper without MQTT. */
const MQTT = { 'server.mqtt.events.on': 'function' } as const;
const ROWS = {
	'sign.primaryStore.encoder.decode': 'function',
	'sign.primaryStore.encoder.encode': 'function',
} as const;
/** Harper 4.7 has a list of sources for each table. Harper 5 has not: its core keeps the later write by itself. */
const SOURCES = { 'sign.sources': 'array' } as const;

export const QUESTIONS = {
	'foreign-sockets': WEBSOCKETS,
	'other-methods': HTTP,
	'http-body': HTTP,
	'websocket-messages': WEBSOCKETS,
	'websocket-pings': WEBSOCKETS,
	'mqtt/front-door': MQTT,
	'login-window': HTTP,
	'last-wills': MQTT,
	'mqtt-quotas': MQTT,
	'failed-publishes': MQTT,
	'durable-sessions': MQTT,
	'missing-fields': ROWS,
	'late-writes': {
		...SOURCES,
		'sign.prototype._writeUpdate': 4,
		'sign.prototype._writeDelete': 2,
		'sign.primaryStore.put': 'function',
	},
	'replication-progress': SOURCES,
	'replicated-authors': SOURCES,
	'own-node-id': { 'server.replication.getThisNodeId': 'function' },
	'structure-updates': { ...SOURCES, 'sign.primaryStore.encoder': 'object' },
	'decoders': CONTENT_TYPES,
	'request-headers': HTTP,
	'unread-bodies': HTTP,
	'websocket-payloads': WEBSOCKETS,
	'logins/slow-guesses': LOGINS,
	'json-decoder': { ...CONTENT_TYPES, ...HTTP, ...WEBSOCKETS },
	'mqtt/subprotocols': WEBSOCKETS,
	'content-types': HTTP,
	'addresses': HTTP,
	'allowed-methods': HTTP,
	'serializers': CONTENT_TYPES,
	'shared-event-texts': CONTENT_TYPES,
	'stream-headers': HTTP,
	'answer-types': { ...HTTP, ...CONTENT_TYPES },
	'proxies/forwarded-for': { ...HTTP, ...WEBSOCKETS, ...UPGRADES },
	'http2': HTTP,
	// called where they are needed
	'sign-locks': { 'sign.primaryStore.tryLock': 'function', 'sign.primaryStore.unlock': 'function' },
	/** A store without it has no snapshot that stays. */
	'read-snapshots': { 'sign.primaryStore.resetReadTxn': 'function' },
	'clock': { 'sign.auditStore.getKeys': 'function', 'sign.primaryStore.getUserSharedBuffer': 'function' },
} as const satisfies Record<string, Members>;

export type CureName = keyof typeof QUESTIONS;

/**
 * Cures without which the application would write wrongly, and the member by which a Harper shows that it has the defect:
 * with that member, and without the others, the application does not start. Without locks two threads overwrite each other;
 * where nodes replicate, their rows differ.
 */
export const REQUIRED: Partial<Record<CureName, string>> = {
	'sign-locks': 'sign.primaryStore',
	'late-writes': 'sign.sources',
	'structure-updates': 'sign.sources',
};
