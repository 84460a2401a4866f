/**
 * The settings that a private Harper gets, as environment variables: each of harperdb-config.yaml has such a name. Reads
 * the PATH, and touches nothing.
 */
import { join } from 'node:path';
import { MOST_BYTES } from '../harper-fixes/bounds.ts';
import type { Options } from './harper.ts';

/** Harper's settings. Only what is named here reaches it: a user's own settings are for their own Harper. */
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
		...env,
		PATH: process.env.PATH,
		...(nodeOptions && { NODE_OPTIONS: nodeOptions }),
		// Harper notes in HOME which installation is the user's: it must not be this one.
		HOME: folder,
		ROOTPATH: join(folder, 'data'),
		TC_AGREEMENT: 'yes',
		HDB_ADMIN_USERNAME: admin.username,
		HDB_ADMIN_PASSWORD: admin.password,
		// dev would allow every origin, and make every local client super_user
		DEFAULTS_MODE: 'prod',
		// Harper takes any text for true over HTTP, "false" too; prod has it off.
		...(authorizeLocal && { AUTHENTICATION_AUTHORIZELOCAL: 'true' }),
		HTTP_PORT: `${host}:${httpPort}`,
		HTTP_SECUREPORT: tls ? `${host}:${tls.httpsPort}` : 'null',
		HTTP_CORS: 'false',
		// What other applications beside this one get; Harper holds 10 MB of each request before it knows the caller.
		HTTP_MAXREQUESTBODYSIZE: String(MOST_BYTES),
		// Else that of HTTP, and no deployment arrives. This is Harper's own default.
		OPERATIONSAPI_NETWORK_MAXREQUESTBODYSIZE: String(2 ** 30),
		MQTT_NETWORK_PORT: `${host}:${mqttPort}`,
		MQTT_NETWORK_SECUREPORT: tls ? `${host}:${tls.mqttsPort}` : 'null',
		...(tls && { TLS_CERTIFICATE: tls.certificate, TLS_PRIVATEKEY: tls.privateKey }),
		OPERATIONSAPI_NETWORK_PORT: operationsPort ? `${host}:${operationsPort}` : 'null',
		OPERATIONSAPI_NETWORK_SECUREPORT: 'null',
		OPERATIONSAPI_NETWORK_CORS: 'false',
		REPLICATION_HOSTNAME: replication ? host : 'localhost',
		REPLICATION_PORT: replication ? `${host}:${replication.port}` : 'null',
		REPLICATION_SECUREPORT: 'null',
		// On, a node that lost another one hears of its writes by a third, and may miss some when it has the other one again.
		REPLICATION_FAILOVER: 'null',
		...(replication && { REPLICATION_ROUTES: JSON.stringify(replication.others.map(routeTo)) }),
		THREADS_COUNT: String(threads),
		...(logsWrongLogins && { LOGGING_AUDITAUTHEVENTS_LOGFAILED: 'true' }),
		LOGGING_LEVEL: 'warn',
		LOGGING_STDSTREAMS: 'true',
	};
}

/**
 * How a node asks another for what it has missed: for all that the other has in its audit log, until it has heard something
 * of it once. Without a time Harper asks a node that it has not heard of yet for the last minute, or for a copy of each row,
 * by which writes on this node are lost; also later, when the connection was lost before the first write.
 */
const routeTo = (hostname: string) => ({ hostname, startTime: '2020-01-01T00:00:00Z' });
