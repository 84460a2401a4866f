/** Makes a self-signed certificate for 127.0.0.1 with openssl. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** @returns the PEM files in the folder */
export function makeCertificate(folder: string): { certificate: string; privateKey: string } {
	const certificate = join(folder, 'certificate.pem');
	const privateKey = join(folder, 'key.pem');
	const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'];
	const options = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
	execFileSync('openssl', [...options, ...subject, '-keyout', privateKey, '-out', certificate], { stdio: 'ignore' });
	return { certificate, privateKey };
}
