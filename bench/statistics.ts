/** Statistics of samples. Pure. */

/** The smallest sample that `share` (0 to 1) of the samples do not exceed; undefined without samples. */
export function percentile(samples: number[], share: number): number | undefined {
	return samples.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(samples.length * share) - 1)];
}

/** Median and 99th percentile of latencies, in the unit of the samples. */
export const latencyOf = (samples: number[]) => ({
	p50: percentile(samples, 0.5),
	p99: percentile(samples, 0.99),
	count: samples.length,
});

export type Latency = ReturnType<typeof latencyOf>;
