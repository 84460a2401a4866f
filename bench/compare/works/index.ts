/** All works, in the order in which they run on a target. The devices may leave a broker that is busy for long, and so come last before those that get a new target. */
import type { Metric, Work } from '../work.ts';
import { code } from './code.ts';
import { devices } from './devices.ts';
import { streams, viewers } from './fan-out.ts';
import { hotFanOut } from './hot-fan-out.ts';
import { hotSign } from './hot-sign.ts';
import { kill } from './kill.ts';
import { latency } from './latency.ts';
import { memory } from './memory.ts';
import { put } from './put.ts';
import { rows } from './rows.ts';

export const WORKS: Work[] = [memory, code, put, latency, hotSign, hotFanOut, streams, viewers, devices, rows, kill];

export const METRICS: Record<string, Metric> = Object.assign({}, ...WORKS.map(({ metrics }) => metrics));
