/**
 * Generated writes: ids that are reserved words elsewhere, and payloads as JSON text and not as objects, so that they include
 * duplicate names, odd numbers and white space. Pure.
 */
import fc from 'fast-check';

/* oxlint-disable unicorn/no-useless-spread -- keeps several values on a line */

/** How a write is sent. */
export const WAYS = [
	'PUT',
	'PATCH',
	'DELETE',
	'PATCH without a type',
	'MQTT 5 plain',
	'MQTT 5 retained',
	'MQTT 3.1.1 plain',
	'MQTT 3.1.1 retained',
	'WebSocket on one sign',
	'WebSocket on all signs',
] as const;

export interface Step {
	way: (typeof WAYS)[number];
	text: string;
}

/** A sign and what is written to it, one after another. */
export interface Lane {
	id: string;
	steps: Step[];
}

const SMILE = '\u{1f600}';
const numbers = fc.constantFrom(
	...['0', '-0', '1', '8', '15', '16', '99', '100', '101', '-1', '1.0', '1e1', '1E+1', '10e-1', '15.0', '1.5', '0.1'],
	...['01', '007', '+1', '.5', '1.', '0x1', '1e', 'NaN', 'Infinity', '-', '1e400', '-1e-400', '1_0'],
	...['9007199254740991', '9007199254740992', '9007199254740993', '0000000000000001', '1234567890123456'],
	...['12345678901234567890', '-9007199254740993', '1.0000000000000001', '5e-324', '100000000000000000e-17']
);
const texts = fc.oneof(
	fc.constantFrom(
		...['', ' ', 'Gate 12', 'x'.repeat(256), 'x'.repeat(257), SMILE.repeat(256), SMILE.repeat(257), SMILE.repeat(64)],
		...[SMILE.repeat(65), 'é'.repeat(64), '\u{1f468}\u200d\u{1f469}', 'a\nb', 'a\u0000b', '\u007f', '\u0085', '\u2028'],
		...['\ufeff', '\ufffd', '\uffff', '\u202e', 'null', '__proto__', '\ud83d', '\ude00a', '\ude00\ud83d', '{"a":1}']
	),
	fc.string({ unit: 'grapheme', maxLength: 20 }),
	fc.string({ unit: 'binary', maxLength: 8 })
);
/** A text as JSON, by escapes or by its characters, or by what JSON does not allow. */
const strings = fc.tuple(texts, fc.integer({ min: 0, max: 9 })).map(([text, form]) => {
	if (form === 0) return `"${[...text].map((c) => escaped(c)).join('')}"`;
	if (form === 1) return `"${text.replace(/["\\\ud800-\udfff]/g, '')}"`; // with raw control characters
	return JSON.stringify(text);
});
const escaped = (character: string) =>
	character.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
const others = fc.constantFrom(
	...['true', 'false', 'null', 'True', 'undefined', '[]', '{}', '["a"]', '{"a":{"b":[1]}}', '[1234567890123456]'],
	...['"\\x41"', '"\\u12"', "'a'", '"a', '""a""', 'tru', '']
);

const colors = fc.constantFrom('#00ff00', '#ABCDEF', '#fFb000', '#fff', 'red', '#gggggg', '#00ff00\n', '#00ff000');
const times = fc.constantFrom(
	...['2020-01-01T00:00:00Z', '2026-02-28t23:59:59.9999z', '2024-02-29T12:00+14:00', '2026-01-31T00:00:00.12-00:00'],
	...['2025-02-29T00:00:00Z', '2026-04-31T00:00:00Z', '2026-01-01T24:00:00Z', '2016-12-31T23:59:60Z', '2026-01-01'],
	...['2026-01-01T00:00:00', '2026-01-01 00:00:00Z', '2026-01-01T00:00:00+0100', '2026-01-01T00:00:00+24:00'],
	...[
		'2026-01-01T00:00:00,5Z',
		'2026-01-01T00:00:00.Z',
		'2026-01-01T00:00.5Z',
		'9999-12-31T23:59:59Z',
		'0000-01-01T00:00Z',
	],
	...['0000-01-01T00:00:00+00:01', '-000001-01-01T00:00:00Z', '+002026-01-01T00:00:00Z', '', 'soon', '1767225600000']
);
const fitting: Record<string, fc.Arbitrary<string>> = {
	message: strings,
	color: colors.map((color) => JSON.stringify(color)),
	brightness: fc.constantFrom('0', '15', '8.0', '1e1', '-0'),
	power: fc.constantFrom('true', 'false'),
	effect: fc.constantFrom('"static"', '"scroll"', '"blink"', '"bl\\u0069nk"', '"Static"'),
	speed: fc.constantFrom('1', '100', '1E2', '50'),
	location: strings,
	notice: strings,
	noticeUntil: fc.oneof(
		fc.constant('null'),
		times.map((time) => JSON.stringify(time))
	),
	online: fc.constantFrom('true', 'false'),
	shownRevision: fc.constantFrom('0', '1', '9007199254740991', '1e15', '0e5'),
};
const entries = fc.oneof(
	{
		weight: 8,
		arbitrary: fc.constantFrom(...Object.keys(fitting)).chain((name) => fc.tuple(fc.constant(name), fitting[name]!)),
	},
	{
		weight: 2,
		arbitrary: fc.tuple(fc.constantFrom(...Object.keys(fitting)), fc.oneof(numbers, strings, others)),
	},
	{
		weight: 1,
		arbitrary: fc.tuple(
			fc.constantFrom('revision', 'updatedAt', 'colour', '__proto__', 'constructor', 'toString', '0', ''),
			fc.oneof(numbers, strings, others)
		),
	},
	// never another valid id: over a WebSocket on all signs that is another sign
	{
		weight: 1,
		arbitrary: fc.tuple(fc.constant('id'), fc.oneof(numbers, others, fc.constantFrom('"<id>"', '"<id>"', '"a b"'))),
	}
);
const space = fc.constantFrom('', '', '', '', ' ', '\t', '\r\n', '\u00a0', '/**/');
const ends = fc.constantFrom(...Array(24).fill(''), ' ', '\n', '\ufeff', '\0', ',', '}', '\u00a0');
const objects = fc
	.tuple(fc.array(entries, { maxLength: 4 }), space, ends, ends)
	.map(
		([list, blank, before, after]) =>
			`${before}{${blank}${list.map(([key, value]) => `${JSON.stringify(key)}:${blank}${value}`).join(`,${blank}`)}}${after}`
	);
const payloads = fc.oneof(
	{ weight: 12, arbitrary: objects },
	{
		weight: 1,
		arbitrary: fc.constantFrom('', '{', '[]', '5', 'null', '""', 'on', '{}{}', '[{"speed":1}]', '{,}', '{"a"}'),
	}
);

const steps = fc.record({ way: fc.constantFrom(...WAYS), text: payloads });

const WORDS = [
	'constructor',
	'__proto__',
	'0',
	'1e3',
	'-',
	'_',
	'toString',
	'00',
	'null',
	'undefined',
	'-1',
	'x'.repeat(64),
];
const INVALID = ['x'.repeat(65), 'a b', 'ü', 'a.json', 'a:b', '%', SMILE];
const ids = fc.oneof(
	{ weight: 6, arbitrary: fc.constantFrom(...WORDS) },
	{ weight: 1, arbitrary: fc.constantFrom(...INVALID) },
	{ weight: 12, arbitrary: fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/) }
);

/** Writes to several signs at once. */
export const lanes = (max: number, stepsEach: number) =>
	fc
		.uniqueArray(fc.record({ id: ids, steps: fc.array(steps, { minLength: 1, maxLength: stepsEach, size: 'max' }) }), {
			minLength: 1,
			maxLength: max,
			selector: ({ id }) => id,
			size: 'max',
		})
		.map((some) => some.map(withOwnIds));

/** A payload may name its own sign. */
const withOwnIds = ({ id, steps }: Lane): Lane => ({
	id,
	steps: steps.map(({ way, text }) => ({ way, text: text.replaceAll('<id>', id) })),
});
