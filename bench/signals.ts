/** Exits at SIGINT, SIGTERM and SIGHUP. Without a handler Node runs no `exit` listener, and those end Harper and remove its folder. */
export function exitAtSignals(): void {
	for (const [signal, number] of [
		['SIGINT', 2],
		['SIGTERM', 15],
		['SIGHUP', 1],
	] as const)
		process.on(signal, () => process.exit(128 + number));
}
