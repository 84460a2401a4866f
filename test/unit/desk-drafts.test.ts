/** The drafts of the desk: what a person has changed, and the server has not accepted yet. */
import { describe, expect, test } from 'vitest';
import { Drafts } from '../../web/desk/drafts.js';

const row = (message: string, revision: number, more = {}) => ({ message, revision, power: true, ...more });

describe('a draft', () => {
	test('stays with its sign until it is sent or discarded', () => {
		const drafts = new Drafts();
		drafts.edit('a', 'message', 'half', 'before');
		drafts.edit('b', 'power', false, true);
		drafts.edit('b', 'message', 'other', '');
		expect(drafts.ids).toEqual(['a', 'b']);
		expect(drafts.unsent('b')).toEqual({ power: false, message: 'other' });
		drafts.discard('b', 'power');
		expect(drafts.unsent('b')).toEqual({ message: 'other' });
		drafts.discard('b');
		expect(drafts.ids).toEqual(['a']);
		drafts.clear();
		expect(drafts.has('a')).toBe(false);
	});

	test('of a value that the sign has is none', () => {
		const drafts = new Drafts();
		drafts.edit('a', 'message', 'bef', 'before');
		drafts.edit('a', 'message', 'before', 'before');
		expect(drafts.has('a')).toBe(false);
		drafts.edit('a', 'message', 'closed', 'before');
		drafts.update('a', row('closed', 2));
		expect(drafts.has('a')).toBe(false);
	});

	test('ends when the event with its value has arrived, and is no draft meanwhile', () => {
		const drafts = new Drafts();
		drafts.edit('a', 'message', 'new', 'old');
		drafts.send('a', { message: 'new' }, 1);
		expect(drafts.has('a')).toBe(false);
		drafts.accept('a', { message: 'new' }, row('old', 1));
		drafts.update('a', row('old', 1, { online: true }));
		expect(drafts.get('a', 'message')?.value).toBe('new');
		drafts.update('a', row('new', 2));
		expect(drafts.get('a', 'message')).toBeUndefined();
	});

	test('is one again when the server refuses it or does not answer', () => {
		const drafts = new Drafts();
		for (const field of ['message', 'location']) drafts.edit('a', field, 'new', 'old');
		const change = { message: 'new', location: 'new' };
		drafts.send('a', change, 1);
		drafts.fail('a', change, { message: 'message must be shorter' });
		expect(drafts.unsent('a')).toEqual(change);
		expect(drafts.get('a', 'message')).toMatchObject({ state: 'refused', refusal: 'message must be shorter' });
		expect(drafts.get('a', 'location')).toMatchObject({ state: 'draft', refusal: '' });
	});

	test('whose answer is lost is none when its value has arrived', () => {
		const drafts = new Drafts();
		for (const field of ['message', 'location']) drafts.edit('a', field, 'new', 'old');
		const change = { message: 'new', location: 'new' };
		drafts.send('a', change, 1);
		drafts.update('a', row('new', 2, { location: 'old' }));
		drafts.fail('a', change, {}, row('new', 2, { location: 'old' }));
		expect(drafts.unsent('a')).toEqual({ location: 'new' });
	});

	test('that was accepted ends with its sign, also when the sign is made again with a lower revision', () => {
		const drafts = new Drafts();
		const accept = (id: string) => {
			drafts.edit(id, 'message', 'new', 'old');
			drafts.send(id, { message: 'new' }, 7);
			drafts.accept(id, { message: 'new' }, row('old', 7));
		};
		accept('a');
		drafts.update('a', row('again', 1));
		expect(drafts.get('a', 'message')).toBeUndefined();
		accept('b');
		drafts.update('b', undefined);
		expect(drafts.get('b', 'message')).toBeUndefined();
		drafts.edit('c', 'message', 'new', 'old');
		drafts.update('c', undefined);
		expect(drafts.unsent('c')).toEqual({ message: 'new' });
	});

	test('that is changed while it is sent stays', () => {
		const drafts = new Drafts();
		drafts.edit('a', 'message', 'first', 'old');
		drafts.send('a', { message: 'first' }, 1);
		drafts.edit('a', 'message', 'first, and more', 'old');
		drafts.accept('a', { message: 'first' }, row('first', 2));
		drafts.update('a', row('first', 2));
		expect(drafts.unsent('a')).toEqual({ message: 'first, and more' });
		expect(drafts.isOvertaken('a', 'message', row('first', 2))).toBe(false);
		// back to the value on the way is a draft too, while it is under way
		drafts.edit('a', 'message', 'second', 'first');
		drafts.send('a', { message: 'second' }, 2);
		drafts.edit('a', 'message', 'first', 'first');
		expect(drafts.unsent('a')).toEqual({ message: 'first' });
	});

	test('is not ended by a change that was stored before it, whether its answer or that event comes first', () => {
		const drafts = new Drafts();
		const earlier = [row('old', 2, { speed: 9 }), row('old', 3, { speed: 10 })];
		for (const isAnswerFirst of [true, false]) {
			drafts.edit('a', 'message', 'new', 'old');
			drafts.send('a', { message: 'new' }, 1);
			if (isAnswerFirst) drafts.accept('a', { message: 'new' }, row('old', 1));
			for (const event of earlier) drafts.update('a', event);
			if (!isAnswerFirst) drafts.accept('a', { message: 'new' }, earlier[1]);
			expect(drafts.get('a', 'message')?.value).toBe('new');
			drafts.edit('a', 'message', 'new, and more', 'old'); // typed on
			drafts.update('a', row('new', 4));
			expect(drafts.isOvertaken('a', 'message', row('new', 4))).toBe(false);
			drafts.discard('a');
		}
	});

	test('ends with its answer when its event came before, or came as one with a later change', () => {
		const drafts = new Drafts();
		for (const [message, revision] of [
			['new', 2],
			['theirs', 3],
		] as const) {
			drafts.edit('a', 'message', 'new', 'old');
			drafts.send('a', { message: 'new' }, 1);
			drafts.update('a', row(message, revision));
			drafts.accept('a', { message: 'new' }, row(message, revision));
			expect(drafts.get('a', 'message')).toBeUndefined();
		}
	});
});

test('a slider that moves on while a value is sent keeps its newer value', () => {
	const drafts = new Drafts();
	for (const speed of [9, 10]) {
		drafts.edit('a', 'speed', speed, 8);
		drafts.send('a', { speed }, 1);
	}
	drafts.accept('a', { speed: 9 }, row('', 2, { speed: 9 }));
	drafts.update('a', row('', 2, { speed: 9 }));
	expect(drafts.get('a', 'speed')).toMatchObject({ value: 10, state: 'sending' });
});

describe('a draft is overtaken', () => {
	const begin = () => {
		const drafts = new Drafts();
		drafts.edit('a', 'message', 'mine', 'before');
		return drafts;
	};
	const change = (drafts: Drafts, message: string, revision: number) => {
		drafts.update('a', row(message, revision));
		return drafts.isOvertaken('a', 'message', row(message, revision));
	};

	test('when somebody else changes its field, and not another one', () => {
		const drafts = begin();
		expect(change(drafts, 'before', 2)).toBe(false);
		expect(change(drafts, 'theirs', 3)).toBe(true);
		drafts.keep('a', 'message', row('theirs', 3));
		expect(change(drafts, 'theirs', 4)).toBe(false);
		expect(change(drafts, 'theirs again', 5)).toBe(true);
	});

	test('not by what the page has sent itself, but by a return to the value before', () => {
		const drafts = begin();
		drafts.send('a', { message: 'for all' });
		expect(change(drafts, 'for all', 2)).toBe(false);
		expect(drafts.unsent('a')).toEqual({ message: 'mine' });
		expect(change(drafts, 'before', 3)).toBe(true);
	});
});
