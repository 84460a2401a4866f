/** Holds back the events of a page, and then lets only the newest of each sign through: as streams do under a burst. */
import type { Page } from 'playwright-core';

interface HeldEvents {
	isHeld: boolean;
	/** By the signs' ids. */
	newest: Map<string, { revision?: number; pass: () => void }>;
}

/** Call it before the page is opened. The page has a stream of its own then, and no shared worker. */
export const prepareToHold = (page: Page) =>
	page.addInitScript(() => {
		Reflect.deleteProperty(window, 'SharedWorker');
		const held: HeldEvents = { isHeld: false, newest: new Map() };
		Object.assign(window, { held });
		const { set } = Object.getOwnPropertyDescriptor(EventSource.prototype, 'onmessage')!;
		Object.defineProperty(EventSource.prototype, 'onmessage', {
			set(listener: (event: MessageEvent) => void) {
				set!.call(this, (event: MessageEvent) => {
					if (!held.isHeld) return listener(event);
					const { id, value } = JSON.parse(event.data);
					held.newest.set(id, { revision: value?.revision, pass: () => listener(event) });
				});
			},
		});
	});

const heldOf = () => (window as unknown as { held: HeldEvents }).held;

export const hold = (page: Page) => page.evaluate(`(${heldOf})().isHeld = true`);

/** Waits until the event of a sign's revision has come, and lets it through. */
export async function passEvents(page: Page, id: string, revision: number): Promise<void> {
	await page.waitForFunction(`(${heldOf})().newest.get('${id}')?.revision >= ${revision}`);
	await page.evaluate(`{
		const held = (${heldOf})();
		held.isHeld = false;
		for (const { pass } of held.newest.values()) pass();
		held.newest.clear();
	}`);
}
