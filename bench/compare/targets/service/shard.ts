/** The topic on which a device publishes. It has the number of a shard, so that several sessions share the work in order. */

export const SHARDS = 16;

export const deviceTopic = (id: string) => `device/${shardOf(id)}/${id}`;

function shardOf(id: string): number {
	let hash = 0;
	for (const letter of id) hash = (hash * 31 + letter.codePointAt(0)!) >>> 0;
	return hash % SHARDS;
}
