/** How long the page, and the reference device, wait before they connect again. Pure. */

/**
 * The delay before the next attempt to connect: 1 to 2 s at first, doubled after each failure, up to 15 to 30 s. The delay
 * is random, so that the clients of a building do not all reconnect at the same moment.
 * @param {number} attempts number of failures since the last connection
 * @param {number} [random] from 0 to 1
 * @returns {number} ms
 */
export function reconnectDelay(attempts, random = Math.random()) {
	const max = Math.min(30_000, 2_000 * 2 ** attempts);
	return max / 2 + (max / 2) * random;
}
