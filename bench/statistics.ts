/** The arithmetic of samples. Pure. */

/** The value that this share of the samples do not exceed; undefined without samples. */
export function percentile(samples: number[], share: number): number | undefined {
	return samples.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(samples.length * share) - 1)];
}

/** Of latencies: what half of them, and 99 of 100, do not exceed. */
export const latencyOf = (samples: number[]) => ({
	p50: percentile(samples, 0.5),
	p99: percentile(samples, 0.99),
	count: samples.length,
});

export type Latency = ReturnType<typeof latencyOf>;
