/** What Harper 4.7.29 has and its own types lack. */
import type { Context } from 'harperdb';

declare global {
	/**
	 * Runs `action` in one transaction, which `context` carries: committed when it resolves, aborted when it throws.
	 * A global: Node does not find it among the package's named exports.
	 */
	function transaction<T>(context: Context, action: () => T): T;
}
