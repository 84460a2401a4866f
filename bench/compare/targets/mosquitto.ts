/** A mosquitto of its own, with the settings that keep its promises: nothing in a queue is dropped. */
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { startChild } from './child.ts';
import { mosquittoProgram } from './installed.ts';

export const mosquittoSettings = (folder: string, port: number) => `listener ${port} 127.0.0.1
allow_anonymous true
persistence true
persistence_location ${folder}/
set_tcp_nodelay true
max_queued_messages 0
`;

interface Place {
	folder: string;
	port: number;
	user: { uid: number; gid: number } | undefined;
}

export async function startMosquitto({ folder, port, user }: Place) {
	const command = mosquittoProgram();
	const file = join(folder, 'mosquitto.conf');
	writeFileSync(file, mosquittoSettings(folder, port));
	return startChild({ name: 'mosquitto', command, words: ['-c', file], user, isReady: () => accepts(port) });
}

/** Whether a server accepts connections there. */
export async function accepts(port: number): Promise<boolean> {
	const socket = connect(port, '127.0.0.1');
	await once(socket, 'connect');
	socket.destroy();
	return true;
}
