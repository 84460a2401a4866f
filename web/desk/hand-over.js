/** The page goes on with the account of another person, who finds and sends nothing of what the one before has entered. */
import { byId, query, setText } from '../dom.js';

/**
 * @param {import('./desk.js').Context} context
 * @param {{ forget: () => void }[]} parts of the desk
 */
export function handOver({ drafts, selection, takeBack, wall }, parts) {
	for (const id of drafts.ids) wall.setDraft(id, false);
	drafts.clear();
	for (const part of [takeBack, ...parts]) part.forget();
	selection.set([]);
	wall.forgetRefused();
	query(byId('new-sign'), 'form', HTMLFormElement).reset();
	for (const id of ['done', 'new-refusal']) setText(byId(id), '');
}
