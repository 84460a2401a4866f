/** Reads a date-time with a zone [RFC 3339]; seconds may be missing, as in ISO 8601. Pure. */

const FORM = /^(\d{4}-\d\d-\d\dT\d\d:\d\d)(?::(\d\d)(?:\.(\d+))?)?(?:Z|([+-])(\d\d):(\d\d))$/;

/**
 * The same time as `Date.prototype.toISOString` writes it: in UTC, with milliseconds. A finer fraction is cut off. Two such texts
 * compare as their times do.
 * @param text `2026-01-31T12:00:00+01:00`; `T` and `Z` also in lower case [RFC 3339, 5.6]
 * @returns undefined for any other form, for a date or a time that does not exist, also 24:00 and a leap second, which a
 * Date cannot have; and for a time outside of the years 0 to 9999 UTC
 */
export function toUtc(text: string): string | undefined {
	const [, minute, second = '00', fraction = '', sign, hours = '0', minutes = '0'] =
		FORM.exec(text.toUpperCase()) ?? [];
	if (!minute || Number(hours) > 23 || Number(minutes) > 59) return undefined;
	const local = `${minute}:${second}.${fraction.slice(0, 3).padEnd(3, '0')}Z`;
	const time = Date.parse(local);
	// Date.parse reads 30 February as 2 March
	if (isNaN(time) || new Date(time).toISOString() !== local) return undefined;
	const offset = (Number(hours) * 60 + Number(minutes)) * 60_000;
	const utc = new Date(sign === '-' ? time + offset : time - offset).toISOString();
	return utc.length === local.length ? utc : undefined;
}
