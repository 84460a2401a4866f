/** Which signs the wall shows, and in which order. */
import { expect, test } from 'vitest';
import { INITIAL } from '../../sign/fields.ts';
import { isCompact, matcher, NO_FILTER, readFilter, searchText, writeFilter } from '../../web/wall/filter.js';
import { Signs } from '../../web/signs.js';
import { LocationCounts } from '../../web/wall/location-counts.js';
import { compare, compareLocations } from '../../web/wall/order.js';
import { SignList } from '../../web/wall/sign-list.js';

const row = (id: string, fields: object = {}) => ({ ...INITIAL, id, revision: 1, updatedAt: '', ...fields });

/** A list, and what its listener makes of it: the ids in the order in which a page would show them. */
function createList() {
	const ids: string[] = [];
	const list = new SignList({
		insert: ({ id }, next) => ids.splice(next ? ids.indexOf(next.id) : ids.length, 0, id),
		remove: ({ id }) => ids.splice(ids.indexOf(id), 1),
	});
	const shown = () => list.shown.map(({ id }) => id);
	return { list, ids, shown };
}

test('a search finds all of its words in the id, the message or the location, whatever their case and accents', () => {
	const text = searchText(row('gate-3', { message: 'Café CRÈME', location: 'Halle Süd' }));
	for (const search of ['', 'gate', 'creme cafe', 'SUD 3', '  süd  ', 'e-3']) expect(matcher(search)(text)).toBe(true);
	for (const search of ['gate-4', 'cafe nord', 'gate-3café']) expect(matcher(search)(text)).toBe(false);
	expect(matcher('हिंदी')(searchText(row('a', { message: 'यह हिंदी है' })))).toBe(true);
});

test('counter-3 comes before counter-13, and signs without a location come last', () => {
	const ids = ['counter-13', 'counter-3', 'b', 'a', 'counter-03', 'B'];
	expect([...ids].sort(compare)).toEqual(['a', 'b', 'B', 'counter-03', 'counter-3', 'counter-13']);
	expect(['', 'Hall 10', 'Hall 2'].sort(compareLocations)).toEqual(['Hall 2', 'Hall 10', '']);
});

test('an address gives the wall that it was written for, and keeps what it does not know', () => {
	const filter = { search: 'a b', location: '', show: 'not-showing', isGrouped: true, view: 'matrix' } as const;
	const query = writeFilter(filter, '?other=1');
	expect(query).toBe('?other=1&search=a+b&location=&show=not-showing&group=location&view=matrix');
	expect(readFilter(query)).toEqual(filter);
	expect(writeFilter(NO_FILTER, query)).toBe('?other=1');
	expect(readFilter('?show=all&view=x&group=y')).toEqual(NO_FILTER);
});

test('more than 500 signs are compact, unless the address names a view', () => {
	expect([isCompact(NO_FILTER, 500), isCompact(NO_FILTER, 501)]).toEqual([false, true]);
	expect(isCompact({ ...NO_FILTER, view: 'matrix' }, 501)).toBe(false);
	expect(isCompact({ ...NO_FILTER, view: 'compact' }, 1)).toBe(true);
});

test('a list counts what passes the search and the location, change by change as from the beginning', () => {
	const { list, ids, shown } = createList();
	list.setFilter({ ...NO_FILTER, location: 'A', show: 'offline' });
	list.set('s-10', row('s-10', { location: 'A' }));
	list.set('s-9', row('s-9', { location: 'A' }));
	list.set('other', row('other', { location: 'B' }));
	list.set('on', row('on', { location: 'A', online: true }));
	list.set('shown', row('shown', { location: 'A', online: true, shownRevision: 1 }));
	list.setRefused('on', true);
	expect(ids).toEqual(['s-9', 's-10']);
	expect(list.counts).toEqual({ 'all': 4, 'offline': 2, 'not-showing': 3, 'refused': 1 });
	list.set('s-9', row('s-9', { location: 'A', online: true }));
	list.set('s-10', undefined);
	list.set('other', row('other', { location: 'A' }));
	expect(ids).toEqual(['other']);
	expect(list.counts).toEqual({ 'all': 4, 'offline': 1, 'not-showing': 3, 'refused': 1 });
	const before = { ...list.counts };
	list.setFilter({ ...NO_FILTER, location: 'A', show: 'offline' });
	expect(list.counts).toEqual(before);
	expect(shown()).toEqual(ids);
});

test('a list that is grouped moves a sign whose location changes', () => {
	const { list, shown, ids } = createList();
	list.setFilter({ ...NO_FILTER, isGrouped: true });
	for (const [id, location] of Object.entries({ a: 'Hall 10', b: 'Hall 2', c: '', d: 'Hall 2' }))
		list.set(id, row(id, { location }));
	expect(shown()).toEqual(['b', 'd', 'a', 'c']);
	list.set('d', row('d', { location: '' }));
	expect(shown()).toEqual(['b', 'a', 'c', 'd']);
	expect(ids).toEqual(shown());
	list.setFilter(NO_FILTER);
	expect(shown()).toEqual(['a', 'b', 'c', 'd']);
});

test('locations are counted by their changes', () => {
	const signs = new Signs();
	const place = (id: string, location: string) => signs.set(id, row(id, { location }));
	place('a', 'Hall 10');
	const locations = new LocationCounts(signs);
	for (const [id, location] of Object.entries({ b: 'Hall 2', c: 'Hall 10', d: '' })) place(id, location);
	const { names } = locations;
	expect(names).toEqual(['Hall 2', 'Hall 10', '']);
	place('a', 'Hall 10');
	signs.set('c', undefined);
	expect(['Hall 10', 'Hall 2', ''].map((location) => locations.count(location))).toEqual([1, 1, 1]);
	expect(locations.names).toBe(names);
	place('b', 'Hall 3');
	expect(locations.names).toEqual(['Hall 3', 'Hall 10', '']);
});
