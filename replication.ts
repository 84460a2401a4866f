/**
 * What another node tells is not lost when this one is killed, or when the connection breaks. Touches the queues in which
 * Harper hands over to a thread what other nodes tell; to be looked at first when Harper's replication changes.
 */
import { databases, tables } from 'harperdb';

/** In ms. Longer than a write takes from another node's audit log into this node's tables. */
const OVERLAP = 60_000;

/** A write that another node tells, or an end of some. */
interface Told {
	/** Of an end: up to which time of its audit log, in ms since 1970, that node has told all. */
	localTime?: number;
	/** Of an end of writes; an end of what that node has passed over has none. */
	onCommit?(): void;
}

/** Where a table's writes come from. */
interface Source {
	isReplicator?: boolean;
	/** What other nodes tell, of all tables of the database. */
	subscription: { send(told: Told): void };
}

/**
 * Harper notes how far it has heard another node, to go on from there; but notes it before the last writes are stored, and
 * sometimes before they were sent. A node that is killed then, or loses the connection, would never hear them again. With a
 * minute less noted it asks for that minute once more, and Harper drops what it has already. It knows that by its audit log,
 * so after a minute all is noted: what is older than that log must not be told again. To be called once for each thread that
 * has the tables.
 */
export function hearAgain(): void {
	const ofEachDatabase = [tables.Sign, databases.system!.hdb_user];
	for (const { sources } of ofEachDatabase as unknown as { sources: Source[] }[]) {
		const heard = sources.find(({ isReplicator }) => isReplicator)?.subscription;
		if (!heard) continue; // this Harper is set to hear nobody
		const send = heard.send.bind(heard);
		heard.send = (told) => {
			if (!told.localTime) return send(told);
			send({ ...told, localTime: told.localTime - OVERLAP });
			if (told.onCommit) setTimeout(send, OVERLAP, { ...told, onCommit: undefined }).unref();
		};
	}
}
