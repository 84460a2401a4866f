/**
 * The desk offers a control for every field that writers set, with the bounds and options of its rule. The rules come from
 * the schema in sign/fields.ts, and from what `parseChange` accepts.
 */
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ClientFields, DEFAULTS, type Change } from '../../sign/fields.ts';
import { parseChange } from '../../sign/parse.ts';
import { FIELD_NAMES, FIELDS } from '../../web/fields.js';
import { MINUTES, withEnd } from '../../web/notice.js';

type Name = keyof typeof DEFAULTS;
const NAMES = Object.keys(DEFAULTS) as Name[];

/** The rules of one field as JSON Schema, which has no rules that are functions. */
interface Rule {
	type: string;
	minimum?: number;
	maximum?: number;
	enum?: string[];
}
const RULES = z.toJSONSchema(ClientFields, { io: 'input' }).properties as unknown as Record<Name, Rule>;

const controlOf = (name: Name) => FIELDS.find((field) => field.name === name)!;

/** Whether the server accepts a value of a field. */
function isAccepted(name: Name, value: unknown): boolean {
	try {
		parseChange({ [name]: value } as Change);
		return true;
	} catch {
		return false;
	}
}

test('the desk has one control for every field that writers set, and no others', () => {
	expect([...FIELD_NAMES].sort()).toEqual([...NAMES].sort());
	for (const { label } of FIELDS) expect(label).toMatch(/./);
	expect(controlOf('message').limit).toBeGreaterThan(0);
});

describe('the control of', () => {
	const ofType = (type: string) => NAMES.filter((name) => RULES[name].type === type && !RULES[name].enum);
	const choices = NAMES.filter((name) => RULES[name].enum);
	const nullable = NAMES.filter((name) => DEFAULTS[name] === null);

	test('every field has one of the types below', () => {
		const known = [...ofType('integer'), ...ofType('boolean'), ...ofType('string'), ...choices, ...nullable];
		expect(known.sort()).toEqual([...NAMES].sort());
	});

	test.for(ofType('integer'))('%s, a number, has the bounds of its rule', (name) => {
		const { kind, attributes } = controlOf(name);
		const { minimum, maximum } = RULES[name];
		expect({ kind, ...attributes }).toEqual({ kind: 'range', min: String(minimum), max: String(maximum) });
		expect([minimum! - 1, minimum, maximum, maximum! + 1].map((value) => isAccepted(name, value))).toEqual([
			false,
			true,
			true,
			false,
		]);
	});

	test.for(choices)('%s, a choice, has the options of its rule', (name) => {
		const { kind, options } = controlOf(name);
		expect({ kind, options }).toEqual({ kind: 'select', options: RULES[name].enum });
	});

	test.for(ofType('boolean'))('%s, a switch, is a checkbox', (name) => {
		expect(controlOf(name)).toMatchObject({ kind: 'checkbox' });
	});

	test.for(nullable)('%s, a time that can be null, is an end', (name) => {
		expect(controlOf(name)).toMatchObject({ kind: 'end' });
		expect([null, new Date().toISOString(), '', 'soon'].map((value) => isAccepted(name, value))).toEqual([
			true,
			true,
			false,
			false,
		]);
		for (const minutes of MINUTES) {
			const { noticeUntil } = withEnd({ notice: 'x', noticeUntil: `+${minutes}` });
			expect(isAccepted(name, noticeUntil)).toBe(true);
			expect(Date.parse(noticeUntil) - Date.now()).toBeGreaterThan((minutes - 1) * 60_000);
		}
	});

	test.for(ofType('string'))('%s, a text, is a colour where its rule wants one, and cuts no text off', (name) => {
		const { kind, attributes, limit } = controlOf(name);
		expect(kind).toBe(isAccepted(name, 'a text') ? 'text' : 'color');
		// its count of characters is shown near the limit of its rule
		if (limit !== undefined)
			expect([limit, limit + 1].map((count) => isAccepted(name, '😀'.repeat(count)))).toEqual([true, false]);
		if (kind === 'color') expect(isAccepted(name, '#12ab34')).toBe(true);
		// maxlength counts UTF-16 units and the rule counts characters: it would cut off emoji that the server accepts
		expect(attributes?.maxlength).toBeUndefined();
	});
});
