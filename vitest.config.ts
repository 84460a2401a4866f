import { defineConfig } from 'vitest/config';

export default defineConfig({
	test: {
		include: ['test/**/*.test.ts'],
		// One Harper for all files that need nothing of their own; they share it by using signs of their own.
		globalSetup: 'test/shared-harper.ts',
		reporters: ['verbose'],
		testTimeout: 30_000,
		hookTimeout: 90_000,
		maxWorkers: 2,
	},
});
