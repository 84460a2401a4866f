/**
 * The fields of a sign that people change. A new field of a sign is one line in FIELDS. Only the server checks values: a
 * control offers what the rules allow, and shows the server's refusal below itself.
 */
import { endText } from './notice.js';

/** @typedef {{ name: keyof import('../sign/fields.ts').Change, label: string, kind: Kind, unit?: string, limit?: number, attributes?: Record<string, string>, options?: string[] }} Field `limit`: of a text, in characters */
/** @typedef {'text' | 'color' | 'range' | 'checkbox' | 'select' | 'end'} Kind `end`: of a notice */
/** @typedef {string | number | boolean | null} Value */

/** @type {Field[]} */
export const FIELDS = [
	{ name: 'message', label: 'Message', kind: 'text', limit: 256 },
	{ name: 'notice', label: 'Notice', kind: 'text', limit: 256 },
	{ name: 'noticeUntil', label: 'Notice ends', kind: 'end' },
	{ name: 'power', label: 'Power', kind: 'checkbox' },
	{ name: 'color', label: 'Colour', kind: 'color' },
	{ name: 'brightness', label: 'Brightness', kind: 'range', attributes: { min: '0', max: '15' } },
	{ name: 'effect', label: 'Effect', kind: 'select', options: ['static', 'scroll', 'blink'] },
	{ name: 'speed', label: 'Speed', kind: 'range', unit: 'dots/s', attributes: { min: '1', max: '100' } },
	{ name: 'location', label: 'Location', kind: 'text', limit: 64 },
];
export const FIELD_NAMES = FIELDS.map(({ name }) => name);

/** Whether a value stays a draft until a person sends it; all others are sent at once. @param {Pick<Field, 'kind'>} field */
export const isSentLater = ({ kind }) => kind === 'text' || kind === 'end';

/** A value in words. @param {Pick<Field, 'kind' | 'unit'>} field @param {unknown} value */
export function valueText({ kind, unit = '' }, value) {
	if (kind === 'text') return value ? `“${isolate(String(value))}”` : 'empty';
	if (kind === 'end') return endText(value);
	if (kind === 'checkbox') return value ? 'on' : 'off';
	return `${value} ${unit}`.trim();
}

const FROM_THE_RIGHT = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/** A text that runs from the right does not turn the order of what stands beside it: "old → new" stays so. @param {string} text */
const isolate = (text) => (FROM_THE_RIGHT.test(text) ? `\u2068${text}\u2069` : text);

/** The count of characters is shown from this part of the limit on. */
const NEAR = 0.78;

/**
 * How many characters a text has, near its limit and above: as the server counts them, an emoji is one.
 * @param {unknown} text
 * @param {number} [limit]
 * @returns {{ words: string, isOver: boolean }}
 */
export function countText(text, limit = Infinity) {
	const count = [...String(text)].length;
	const isOver = count > limit;
	const tooMany = isOver ? `: ${count - limit} too many` : '';
	return { words: count > limit * NEAR ? `${count} of ${limit}${tooMany}` : '', isOver };
}
