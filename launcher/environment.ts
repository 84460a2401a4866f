/**
 * The settings of a private Harper, as environment variables: Harper has one for each setting in harperdb-config.yaml.
 * Reads only PATH.
 */
import { join } from 'node:path';
import { MAX_BODY_BYTES } from '../harper-fixes/bounds.ts';
import type { Options } from './harper.ts';

/** The whole environment of the process: it gets none of the user's variables except PATH. */
export function environment({
	folder,
	host,
	httpPort,
	mqttPort,
	operationsPort,
	tls,
	admin,
	authorizeLocal,
	threads,
	replication,
	logsWrongLogins,
	nodeOptions,
	env,
}: Options) {
	return {
		PATH: process.env.PATH,
		...(nodeOptions && { NODE_OPTIONS: nodeOptions }),
		// Harper records the user's installation in HOME: this one must not replace it.
		HOME: folder,
		ROOTPATH: join(folder, 'data'),
		TC_AGREEMENT: 'yes',
		HDB_ADMIN_USERNAME: admin.username,
		HDB_ADMIN_PASSWORD: admin.password,
		// "dev" would allow every origin, and make every local client a super_user
		DEFAULTS_MODE: 'prod',
		// For HTTP, Harper treats any text as true, even "false"; "prod" has it off.
		...(authorizeLocal && { AUTHENTICATION_AUTHORIZELOCAL: 'true' }),
		HTTP_PORT: `${host}:${httpPort}`,
		HTTP_SECUREPORT: tls ? `${host}:${tls.httpsPort}` : 'null',
		// The Operations API would take it over, and answer HTTP/1.1 with 505.
		...(tls?.http2 && { HTTP_HTTP2: 'true', OPERATIONSAPI_NETWORK_HTTP2: 'false' }),
		HTTP_CORS: 'false',
		// What other applications beside this one get; Harper holds 10 MB of each request before it knows the caller.
		HTTP_MAXREQUESTBODYSIZE: String(MAX_BODY_BYTES),
		// Else that of HTTP, and no deployment arrives. This is Harper's own default.
		OPERATIONSAPI_NETWORK_MAXREQUESTBODYSIZE: String(2 ** 30),
		MQTT_NETWORK_PORT: `${host}:${mqttPort}`,
		MQTT_NETWORK_SECUREPORT: tls ? `${host}:${tls.mqttsPort}` : 'null',
		...(tls && { TLS_CERTIFICATE: tls.certificate, TLS_PRIVATEKEY: tls.privateKey }),
		OPERATIONSAPI_NETWORK_PORT: operationsPort ? `${host}:${operationsPort}` : 'null',
		OPERATIONSAPI_NETWORK_SECUREPORT: 'null',
		OPERATIONSAPI_NETWORK_CORS: 'false',
		REPLICATION_HOSTNAME: replication ? host : 'localhost',
		// The same for Harper 5, which would otherwise ask for it at the first start.
		NODE_HOSTNAME: replication ? host : 'localhost',
		REPLICATION_PORT: replication ? `${host}:${replication.port}` : 'null',
		REPLICATION_SECUREPORT: 'null',
		// With failover, a node that lost the connection to another receives its writes from a third, and may miss some of
		// them after it has reconnected.
		REPLICATION_FAILOVER: 'null',
		...(replication && { REPLICATION_ROUTES: JSON.stringify(replication.others.map(routeTo)) }),
		THREADS_COUNT: String(threads),
		...(logsWrongLogins && { LOGGING_AUDITAUTHEVENTS_LOGFAILED: 'true' }),
		LOGGING_LEVEL: 'warn',
		LOGGING_STDSTREAMS: 'true',
		...env,
	};
}

/**
 * How a node subscribes to another. With this start time, a node that has never received a write from the other requests
 * the other's whole audit log. Without a start time it asks for the last minute only, or for a copy of each row, and the
 * copy overwrites writes of this node. That can happen on the first connect, and on a later one if no write came before.
 */
const routeTo = (hostname: string) => ({ hostname, startTime: '2020-01-01T00:00:00Z' });
