/** The words that the page shows about signs and their devices. Pure. */
import { shownText } from '../shown-text.js';

/** @typedef {import('../signs.js').SignRow} SignRow */
/** @typedef {Pick<SignRow, 'online' | 'revision' | 'shownRevision'>} Presence */
/** @typedef {Pick<import('../connection.js').State, 'status'> | undefined} State of the page's connection */

/**
 * The words below a sign. `presence`: whether its device is connected. `showing`: whether the device shows the newest
 * revision; empty when the page cannot know. Without a connection to the server the page knows neither.
 * @param {Presence} row
 * @param {State} state
 */
export function statusText({ online, revision, shownRevision }, state) {
	if (state?.status === 'Lost') return { presence: 'Not known', showing: '' };
	const isShown = revision === shownRevision;
	if (!online) return { presence: 'Offline', showing: isShown ? '' : 'Waiting for the sign' };
	return { presence: 'Online', showing: isShown ? 'Showing' : 'Waiting for the sign' };
}

/**
 * How far the matrix on the wall is what the sign itself shows. `shown`: it is. `sent`: the server has it, and the sign
 * shows something else, or is offline. `unknown`: the page has lost the server. `words`: why it is not `shown`.
 * @param {Presence} row
 * @param {State} state
 * @returns {{ look: 'shown' | 'sent' | 'unknown', words: string }}
 */
export function lookOf({ online, revision, shownRevision }, state) {
	if (state?.status === 'Lost') return { look: 'unknown', words: 'Last known' };
	if (revision !== shownRevision) return { look: 'sent', words: 'Sent, not shown' };
	return online ? { look: 'shown', words: '' } : { look: 'sent', words: 'Last shown' };
}

/**
 * Why no dot of a sign is lit, or why none is lit for half of each second; empty when the message is lit all the time.
 * @param {Pick<SignRow, 'power' | 'message' | 'effect'>} sign
 * @returns {'' | 'Power off' | 'No message' | 'Blinks'}
 */
export function darknessOf({ power, message, effect }) {
	if (!power) return 'Power off';
	if (!message.trim()) return 'No message';
	return effect === 'blink' ? 'Blinks' : '';
}

/**
 * What a sign's picture shows, for screen readers. A dark sign does not show its message.
 * @param {Pick<SignRow, 'power' | 'message' | 'effect'> | undefined} sign undefined: there is none
 */
export function pictureName(sign) {
	const darkness = sign ? darknessOf(sign) : 'No message';
	if (darkness === 'Power off') return 'Dark: power off';
	return darkness === 'No message' ? darkness : (sign?.message ?? '');
}

/** A sign with the text that it shows as its message: the notice, while there is one. @param {SignRow} row @param {number} [now] ms since 1970 */
export const asShown = (row, now = Date.now()) => (row.notice ? { ...row, message: shownText(row, now) } : row);

/** The time of day, with the date when it is not today. @param {string} timestamp */
export function formatTime(timestamp) {
	const date = new Date(timestamp);
	const isToday = date.toDateString() === new Date().toDateString();
	return isToday ? date.toLocaleTimeString() : date.toLocaleString();
}

/** @param {number} count */
export const signCount = (count) => `${count} ${count === 1 ? 'sign' : 'signs'}`;
