/** What a client may send, as JSON schemas: fastify checks bodies and messages by them. */
import { DEFAULTS } from './table.ts';

const message = { type: 'string', maxLength: 256, pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]*$' };

const settable = {
	message,
	color: { type: 'string', pattern: '^#[0-9a-fA-F]{6}$' },
	brightness: { type: 'integer', minimum: 0, maximum: 15 },
	power: { type: 'boolean' },
	effect: { enum: ['static', 'scroll', 'blink'] },
	speed: { type: 'integer', minimum: 1, maximum: 100 },
	location: { type: 'string', maxLength: 64 },
	notice: message,
	noticeUntil: { type: 'string', format: 'date-time', nullable: true },
};

const reported = { shownRevision: { type: 'integer', minimum: 0 }, online: { type: 'boolean' } };

/** A merge: some of the fields. */
export const CHANGE = {
	type: 'object',
	additionalProperties: false,
	properties: { ...settable, ...reported },
} as const;

/** A replacement: fields that are not given get their defaults. */
export const REPLACEMENT = {
	...CHANGE,
	properties: Object.fromEntries(
		Object.entries(CHANGE.properties).map(([name, rule]) => [
			name,
			name in DEFAULTS ? { ...rule, default: DEFAULTS[name as keyof typeof DEFAULTS] } : rule,
		])
	),
};

export const ID = { type: 'object', properties: { id: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' } } } as const;
