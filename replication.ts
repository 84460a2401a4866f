/**
 * Two ways in which Harper loses a write on the way to another node: the node is killed before it has stored it, or cannot
 * decode it. Touches the queues in which Harper hands over to a thread what other nodes tell, and the mark of a new encoding;
 * to be looked at first when Harper's replication changes.
 */
import { databases, tables } from 'harperdb';

/** A write that another node tells, or an end of some. */
interface Told {
	type: string;
	/** Is called when the write before it is stored. */
	onCommit?(): void;
}

/** What Harper has of a table. */
interface Table {
	/** Where its writes come from. */
	sources: {
		isReplicator?: boolean;
		/** What other nodes tell, of all tables of the database. */
		subscription: { send(told: Told): void };
	}[];
	primaryStore: { encoder: object };
}

/**
 * Harper notes how far it has heard another node, to go on from there; but notes it before it has stored what it heard: killed
 * in between, it never asks for that again. Where the end of a transaction has something to be done at the commit, Harper
 * waits for that, and notes it then. To be called once for each thread that has the tables.
 */
export function noteWhatIsStored(): void {
	const ofEachDatabase = [tables.Sign, databases.system!.hdb_user] as unknown as Table[];
	for (const { sources } of ofEachDatabase) {
		const heard = sources.find(({ isReplicator }) => isReplicator)?.subscription;
		if (!heard) continue; // this Harper is set to hear nobody
		const send = heard.send.bind(heard);
		heard.send = (told) => {
			if (told.type === 'end_txn') told.onCommit ??= () => {};
			send(told);
		};
	}
}

/**
 * Rows of the same fields are encoded alike, by a structure that another node must know before it can read them. Harper looks
 * for new ones when a write is marked as the first of its structure; but the mark is lost when a commit is repeated, and a
 * thread that begins to tell later does not see it. The other node then drops the write, for good. So each write is marked.
 * To be called once for each thread that has the tables.
 */
export function markStructures(): void {
	for (const { primaryStore } of [tables.Sign, tables.Rejection] as unknown as Table[])
		Object.defineProperty(primaryStore.encoder, 'hasStructureUpdate', { get: () => true, set: () => {} });
}
