import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { promisify } from 'node:util';
import { findProgram } from './programs.js';

/** Paths of PEM files: what a server and its clients need for TLS. Keys are PKCS#8 without a passphrase. */
export interface TestCertificates {
  /** The authority that signed the server's and the client's certificate. */
  readonly ca: string;
  /** The server's certificate, for `127.0.0.1` and `localhost`. */
  readonly cert: string;
  readonly key: string;
  /** A certificate for clients, where the server asks for one. Its name is `CN=client`. */
  readonly clientCert: string;
  readonly clientKey: string;
  /** An authority that signed neither: a client that trusts only this one must refuse the server. */
  readonly otherCa: string;
}

/** Why no certificates can be made here, undefined when they can. */
export function certificatesObstacle(env: NodeJS.ProcessEnv = process.env): string | undefined {
  return findProgram('openssl', env) ? undefined : 'no openssl on PATH to make certificates with';
}

/** The files that `createCertificates` writes into this folder. */
export function certificateFiles(folder: string): TestCertificates {
  return {
    ca: join(folder, 'ca.pem'),
    cert: join(folder, 'server.pem'),
    key: join(folder, 'server.key'),
    clientCert: join(folder, 'client.pem'),
    clientKey: join(folder, 'client.key'),
    otherCa: join(folder, 'other-ca.pem'),
  };
}

/**
 * Makes an authority, a certificate for a server on this machine and one for its clients, valid for two days. For tests:
 * the keys lie unprotected in `folder`, which the caller removes.
 *
 * @param folder is made where it is missing
 * @throws when openssl is not on PATH, or fails
 */
export async function createCertificates(folder: string): Promise<TestCertificates> {
  const files = certificateFiles(folder);
  await mkdir(folder, { recursive: true });
  const authorityKey = join(folder, 'ca.key');
  await selfSigned(files.ca, authorityKey, '/CN=test authority');
  await selfSigned(files.otherCa, join(folder, 'other-ca.key'), '/CN=another authority');
  const sign = async (cert: string, key: string, subject: string, extensions: string): Promise<void> => {
    const [request, settings] = [`${cert}.csr`, `${cert}.ext`];
    await writeFile(settings, extensions);
    await openssl(['req', '-new', ...newKey(key), '-subj', subject, '-out', request]);
    const authority = ['-CA', files.ca, '-CAkey', authorityKey, '-CAcreateserial'];
    await openssl(['x509', '-req', '-in', request, ...authority, '-days', '2', '-extfile', settings, '-out', cert]);
  };
  await sign(files.cert, files.key, '/CN=localhost', 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
  await sign(files.clientCert, files.clientKey, '/CN=client', 'extendedKeyUsage=clientAuth\n');
  return files;
}

/** Puts the server's certificate and key into a PKCS #12 file, as Java servers read it. */
export async function writeKeystore(files: TestCertificates, file: string, password: string): Promise<void> {
  const from = ['-in', files.cert, '-inkey', files.key, '-certfile', files.ca];
  await openssl(['pkcs12', '-export', '-name', 'server', ...from, '-out', file, '-passout', `pass:${password}`]);
}

/** For Node's TLS: a client that trusts the authority and shows its certificate. */
export async function clientTls(files: TestCertificates): Promise<ConnectionOptions> {
  const [ca, cert, key] = await Promise.all([
    readFile(files.ca, 'utf8'),
    readFile(files.clientCert, 'utf8'),
    readFile(files.clientKey, 'utf8'),
  ]);
  return { ca, cert, key };
}

function newKey(file: string): string[] {
  return ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', file];
}

async function selfSigned(cert: string, key: string, subject: string): Promise<void> {
  await openssl(['req', '-x509', ...newKey(key), '-days', '2', '-subj', subject, '-out', cert]);
}

async function openssl(args: readonly string[]): Promise<void> {
  const program = findProgram('openssl', process.env);
  if (program === undefined) throw new Error(certificatesObstacle() ?? 'no openssl');
  await promisify(execFile)(program, [...args], { timeout: 60_000 });
}
