/** Generated queries, and signs for them to select. Many values are empty, or have a meaning in a query. Pure. */
import fc from 'fast-check';

/* oxlint-disable unicorn/no-useless-spread -- keeps several values on a line */

const PLACES = [
	'',
	'hall',
	'a b',
	'a+b',
	'ü☕\u{1f600}',
	'100%',
	'null',
	'a*',
	'x|y',
	'a&b',
	'a(b',
	'0',
	'true',
	'limit(1)',
];
const MESSAGES = ['', 'hall', '5', 'string:', 'a.b', '2020-01-01', '='];
const TIMES = [null, '2020-01-01T00:00:00.000Z', '2026-01-31T11:30:00.123Z'];

/** Signs of all kinds, each with its own combination. */
export const signsToSelect = PLACES.flatMap((location, i) =>
	[0, 1].map((n) => ({
		location,
		message: MESSAGES[(i + n * 3) % MESSAGES.length]!,
		brightness: (i * 2 + n) % 16,
		power: (i + n) % 2 === 0,
		notice: MESSAGES[(i + n) % MESSAGES.length]!,
		noticeUntil: TIMES[(i + n) % TIMES.length]!,
	}))
);

const values = fc.oneof(
	fc.constantFrom(
		...PLACES,
		...MESSAGES,
		'7',
		'15',
		'-1',
		'1e1',
		'false',
		'null',
		'sign-3',
		'number:7',
		'string:',
		'hal*'
	),
	fc.string({ unit: 'grapheme', maxLength: 4 }).filter((text) => text.isWellFormed())
);
const encodings = fc.constantFrom<(text: string) => string>(
	encodeURIComponent,
	encodeURIComponent,
	(text) => encodeURIComponent(text).replaceAll('%20', '+'),
	(text) => encodeURI(text).replaceAll('#', '%23'),
	(text) => [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
);
const fields = fc.constantFrom(
	'location',
	'location',
	'message',
	'brightness',
	'power',
	'id',
	'effect',
	'noticeUntil',
	'mess%61ge',
	'z',
	''
);
const comparators = fc.constantFrom(
	...['=', '=', '=', '==', '===', '!=', '!==', '=ne=', '=eq=', '=gt=', '=ge=', '=lt=', '=le=', '=sw=', '=ct=', '=ew='],
	...['>', '>=', '<', '<=', '=xx=', '']
);
/** A value that the field can have: any other is refused, as is much of what follows from `values`. */
const fitting = fc.oneof(
	fc.tuple(fc.constantFrom('location', 'message', 'notice', 'id', 'effect'), values),
	fc.tuple(fc.constant('brightness'), fc.constantFrom('-1', '0', '7', '7.5', '1e1', '13')),
	fc.tuple(fc.constant('power'), fc.constantFrom('true', 'false')),
	fc.tuple(
		fc.constant('noticeUntil'),
		fc.constantFrom('null', ...TIMES.map(String), '2023-01-01T00:00:00.000Z', '2026')
	)
);
const condition = fc
	.tuple(fc.oneof({ weight: 4, arbitrary: fitting }, fc.tuple(fields, values)), comparators, encodings)
	.map(([[field, value], comparator, encode]) => `${field}${comparator}${encode(value)}`);
const group = fc
	.tuple(fc.array(condition, { minLength: 1, maxLength: 3 }), fc.constantFrom('&', '|', '&&'))
	.map(([some, operator]) => some.join(operator));
const shapes = fc.constantFrom<(query: string) => string>(
	...Array<(query: string) => string>(5).fill((query) => query),
	(query) => `(${query})`,
	(query) => `[${query}]`,
	(query) => `${query}&limit(3)`,
	(query) => `limit(2,5)&${query}`,
	(query) => `${query}&sort(-location)`,
	(query) => `${query}&select(id)`,
	(query) => `${query}&select(id,location)`,
	(query) => `${query}&`,
	(query) => `&${query}`,
	(query) => `(${query})|brightness=gt=13`,
	(query) => query.slice(0, -1)
);
export const queries = fc.tuple(group, shapes).map(([query, shape]) => shape(query));
