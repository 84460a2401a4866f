/** Node-RED as a process of its own, without its editor, with a flow that the test gives it. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { freePorts } from '../../../launcher/ports.ts';
import type { Account } from '../clients.ts';
import { NODE_RED, start } from './programs.ts';

export interface FlowNode {
	id: string;
	type: string;
	[field: string]: unknown;
}

/** What the test adds to a tab: a POST of text that goes to a node, and a GET of the tab's signs. */
const POST = '/write';
const GET = '/signs';
const answer = (tab: string): FlowNode => ({ id: 'test-answer', type: 'http response', z: tab, wires: [] });

export const writeTo = (tab: string, node: string): FlowNode[] => [
	{ id: 'test-post', type: 'http in', z: tab, url: POST, method: 'post', wires: [['test-text']] },
	{
		id: 'test-text',
		type: 'function',
		z: tab,
		func: 'return [{ payload: msg.payload.text }, { ...msg, payload: "" }];',
		outputs: 2,
		wires: [[node], ['test-answer']],
	},
	answer(tab),
];

export const readSigns = (tab: string): FlowNode[] => [
	{ id: 'test-get', type: 'http in', z: tab, url: GET, method: 'get', wires: [['test-read']] },
	{
		id: 'test-read',
		type: 'function',
		z: tab,
		func: 'msg.payload = flow.get("signs") || {};\nreturn msg;',
		outputs: 1,
		wires: [['test-answer']],
	},
	answer(tab),
];

/** @param account of its one broker node */
export async function startNodeRed(flow: FlowNode[], account: Account) {
	const folder = mkdtempSync(join(tmpdir(), 'led-sign-node-red-'));
	onTestFinished(() => rm(folder, { recursive: true, force: true }));
	const [port] = await freePorts(1);
	const broker = flow.find(({ type }) => type === 'mqtt-broker')!.id;
	const settings = {
		uiHost: '127.0.0.1',
		uiPort: port,
		httpAdminRoot: false,
		flowFile: 'flows.json',
		credentialSecret: false,
		telemetry: { enabled: false },
	};
	writeFileSync(join(folder, 'settings.js'), `module.exports = ${JSON.stringify(settings)};`);
	writeFileSync(join(folder, 'flows.json'), JSON.stringify(flow));
	const credentials = { [broker]: { user: account.username, password: account.password } };
	writeFileSync(join(folder, 'flows_cred.json'), JSON.stringify(credentials));

	const { child, lines } = start(NODE_RED, ['--userDir', folder]);
	await lines.until((line) => line.includes('Started flows'), 30_000);
	const url = `http://127.0.0.1:${port}`;
	const write = async (text: string) => {
		const headers = { 'Content-Type': 'application/json' };
		await fetch(url + POST, { method: 'POST', headers, body: JSON.stringify({ text }) });
	};
	const signs = async () => (await (await fetch(url + GET)).json()) as Record<string, Record<string, unknown>>;
	return { child, lines, write, signs };
}
