import { defineConfig, type TestProjectConfiguration } from 'vitest/config';

const common = {
	// One Harper for all files that need nothing of their own; they share it by using signs of their own.
	globalSetup: 'test/shared-harper.ts',
	testTimeout: 30_000,
	hookTimeout: 90_000,
};

/** `npm test`: fast, on every change. */
const suite: TestProjectConfiguration = { test: { ...common, name: 'suite', include: ['test/*.test.ts'] } };

/** `npm test` too: the page in a browser, on a Harper of its own, so that its wall has no other test's signs. */
const page: TestProjectConfiguration = {
	test: { ...common, name: 'page', include: ['test/page/*.test.ts'], testTimeout: 60_000 },
};

/** `npm run test:faults`: kills servers and cuts networks, minutes long; one file at a time. */
const faults: TestProjectConfiguration = {
	test: { ...common, name: 'faults', include: ['test/faults/*.test.ts'], fileParallelism: false },
};

export default defineConfig({ test: { projects: [suite, page, faults], reporters: ['verbose'], maxWorkers: 2 } });
