/** Whether a session of Harper is durable, by plain objects of the forms that Harper can have. */
import { expect, test } from 'vitest';
import { isDurable } from '../../harper-fixes/mqtt/durable-form.ts';

test('a session with a record is durable', () => {
	expect(isDurable({ sessionRecord: {} }, false)).toBe(true);
});

test('a clean session is not, whatever its form', () => {
	expect(isDurable({}, true)).toBe(false);
	expect(isDurable({ sessionRecord: {} }, true)).toBe(false);
});

test('a session that must be kept and has no record is refused, with the reason and what to do', () => {
	expect(() => isDurable({}, false)).toThrow(/does not know: only clients with a clean session/);
});
