/**
 * Whether a Harper replicates. No version number says so: a Harper without replication does not know the operation
 * `cluster_status`, and answers `replicated=true` of a deployment with 500.
 */
import { sendOperation, type Account } from './operations-api.ts';

/** Whether this text of an answer to `cluster_status` says that the Harper has no such operation. */
export const lacksReplication = (text: string) => text.includes("Operation 'cluster_status' not found");

/**
 * @param operationsUrl of a Harper that answers
 * @throws when it answers neither its status nor that it has none
 */
export async function replicates(operationsUrl: string, account?: Account): Promise<boolean> {
	const response = await sendOperation(operationsUrl, { operation: 'cluster_status' }, account);
	if (response.ok) return true;
	const text = await response.text();
	if (lacksReplication(text)) return false;
	throw new Error(`${operationsUrl} does not answer cluster_status: ${text}`);
}
