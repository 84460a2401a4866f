/**
 * nginx, Caddy and HAProxy as processes of their own, with the configuration of docs/proxies.md or with as little as they need.
 * Each listens on free ports of 127.0.0.1 and writes into a temporary folder only.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { makeCertificate } from './certificate.ts';
import { eventually } from './feed.ts';
import { blocks } from './guide.ts';
import { outputOf } from './program.ts';
import { freePorts } from '../../launcher/ports.ts';
import type { Harper } from '../../launcher/harper.ts';

const GUIDE = 'docs/proxies.md';
const STREAM_MODULE = '/usr/lib/nginx/modules/ngx_stream_module.so';
export const PROXIES = ['nginx', 'caddy', 'haproxy'] as const;
export type ProxyName = (typeof PROXIES)[number];
export type Kind = 'documented' | 'defaults';

/** What is missing on this machine; undefined when the proxy can run. */
export function missing(name: ProxyName): string | undefined {
	try {
		execFileSync('which', [name], { env: path(), stdio: 'ignore' });
	} catch {
		return `${name} is not installed: its tests are skipped`;
	}
	if (name === 'nginx' && !existsSync(STREAM_MODULE)) return 'libnginx-mod-stream is not installed: skipped';
	return undefined;
}

/** Debian has nginx and HAProxy where only the administrator's PATH leads. */
const path = () => ({ ...process.env, PATH: `${process.env.PATH}:/usr/sbin` });

export interface Proxy {
	/** https with the documented configuration, http with the defaults. */
	url: string;
	/** Undefined where nothing passes MQTT through. */
	mqttsPort: number | undefined;
	/** The certificate, or its authority, for the page. */
	ca: Buffer | undefined;
	stop(): Promise<void>;
}

interface Setup {
	folder: string;
	httpPort: string;
	mqttsPort: string;
	/** Harper's own. */
	upstream: string;
	upstreamMqtts: string;
}

/** Replaces the names and ports of the guide by those of this machine. */
const here = (text: string, { folder, httpPort, mqttsPort, upstream, upstreamMqtts }: Setup) =>
	text
		.replaceAll('signs.example.org {', `localhost:${httpPort} {`)
		.replaceAll('signs.example.org', 'localhost')
		.replaceAll('/etc/ssl/signs', folder)
		.replace(/127\.0\.0\.1:9926/g, upstream)
		.replace(/127\.0\.0\.1:8884/g, upstreamMqtts)
		.replace(/(listen|bind) :?(443|8883)/g, (_, word: string, port: string) => {
			return `${word} 127.0.0.1:${port === '443' ? httpPort : mqttsPort}`;
		});

/** The blocks of the guide for that proxy. */
const documented = (name: ProxyName) => blocks(GUIDE, name).map(({ text }) => text);

/** The least that passes requests on. */
const DEFAULTS: Record<ProxyName, string> = {
	nginx: 'server { listen 443; location / { proxy_pass http://127.0.0.1:9926; } }',
	caddy: 'http://signs.example.org {\n reverse_proxy 127.0.0.1:9926\n}\n',
	haproxy: `defaults
	mode http
	timeout connect 5s
	timeout client 60s
	timeout server 60s
frontend signs
	bind :443
	default_backend harper
backend harper
	server harper 127.0.0.1:9926
`,
};

/** What Debian's own files have around the configuration of a site, but for temporary folders and no other ports. */
const AROUND: Record<ProxyName, (setup: Setup, site: string, stream: string) => string> = {
	nginx: ({ folder }, site, stream) => `
load_module ${STREAM_MODULE};
daemon off;
pid ${folder}/nginx.pid;
error_log stderr;
events {}
http {
	access_log off;
	client_body_temp_path ${folder}/body;
	proxy_temp_path ${folder}/proxy;
	fastcgi_temp_path ${folder}/fastcgi;
	uwsgi_temp_path ${folder}/uwsgi;
	scgi_temp_path ${folder}/scgi;
	${site}
}
${stream}`,
	caddy: ({ folder }, site) => `{
	admin off
	auto_https disable_redirects
	local_certs
	skip_install_trust
	default_bind 127.0.0.1
	storage file_system ${folder}/caddy
}
${site}`,
	haproxy: (_, site) => `global\n\tmaxconn 1000\n${site}`,
};

const COMMANDS: Record<ProxyName, (file: string, folder: string) => string[]> = {
	nginx: (file, folder) => ['nginx', '-p', folder, '-c', file],
	caddy: (file) => ['caddy', 'run', '--adapter', 'caddyfile', '--config', file],
	haproxy: (file) => ['haproxy', '-db', '-f', file],
};

/** Starts the proxy, and waits until it accepts connections. @throws when it ends, with what it printed */
export async function startProxy(name: ProxyName, kind: Kind, { options }: Harper): Promise<Proxy> {
	const folder = mkdtempSync(join(tmpdir(), `led-sign-${name}-`));
	const { certificate, privateKey } = makeCertificate(folder);
	writeFileSync(join(folder, 'both.pem'), Buffer.concat([readFileSync(certificate), readFileSync(privateKey)]));
	const [httpPort, mqttsPort] = (await freePorts(2)).map(String);
	const setup: Setup = {
		folder,
		httpPort: httpPort!,
		mqttsPort: mqttsPort!,
		upstream: `127.0.0.1:${options.httpPort}`,
		upstreamMqtts: `127.0.0.1:${options.tls!.mqttsPort}`,
	};
	const [site = '', stream = ''] = kind === 'documented' ? documented(name) : [DEFAULTS[name]];
	const file = join(folder, 'configuration');
	writeFileSync(file, AROUND[name](setup, here(site, setup), here(stream, setup)));
	const [command, ...words] = COMMANDS[name](file, folder);
	const env = { ...path(), HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
	const child = spawn(command!, words, { env });
	const { printed } = outputOf(child, name);
	const stop = async () => {
		const exit = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
		child.kill('SIGTERM');
		const kill = setTimeout(() => child.kill('SIGKILL'), 5_000); // HAProxy waits for its connections
		await exit;
		clearTimeout(kill);
		rmSync(folder, { recursive: true, force: true });
	};
	const root = join(folder, 'caddy/pki/authorities/local/root.crt');
	const isTls = kind === 'documented';
	await eventually(
		async () => {
			if (child.exitCode !== null) throw new Error(`${name} ended: ${printed()}`);
			return (await isOpen(Number(httpPort), isTls)) && (name !== 'caddy' || !isTls || existsSync(root));
		},
		(isUp) => isUp
	);
	return {
		url: `${isTls ? 'https' : 'http'}://localhost:${httpPort}`,
		mqttsPort: isTls && name !== 'caddy' ? Number(mqttsPort) : undefined,
		ca: isTls ? readFileSync(name === 'caddy' ? root : certificate) : undefined,
		stop,
	};
}

/** Caddy makes its certificate after it has begun to listen: until then a handshake fails. */
const isOpen = (port: number, isTls: boolean) =>
	new Promise<boolean>((done) => {
		const host = '127.0.0.1';
		const socket = isTls
			? connectTls({ port, host, servername: 'localhost', rejectUnauthorized: false })
			: connect({ port, host });
		socket.on('error', () => done(false));
		socket.on(isTls ? 'secureConnect' : 'connect', () => {
			done(true);
			socket.destroy();
		});
	});
