/** Publishes a last will. It is a write by its account, like any publish. */
import type { Will } from '../harper-fixes/last-wills.ts';
import { parseId } from '../sign/parse.ts';
import { wrongTopic } from '../sign/refusal.ts';
import type { User } from './current-user.ts';
import { merge, remove, replace } from './write.ts';

/** @throws {Refusal} as for any write, and 404 for a topic that addresses no sign */
export async function publishWill({ topic, data, retain }: Will, user: User): Promise<void> {
	const [table, name] = topic.split(/\/(.*)/s);
	if (table !== 'Sign') throw wrongTopic(topic);
	const id = parseId(name);
	if (!retain) return merge(id, data, user);
	return data === undefined ? remove(id, user) : replace(id, data, user);
}
