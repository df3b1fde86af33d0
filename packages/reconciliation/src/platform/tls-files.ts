import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { PlatformConfig } from '../platform-config.js';
import { TlsFileError } from './errors.js';

/** PEM texts for one service. */
export interface TlsTexts {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly serverName?: string;
}

/**
 * Reads the files of `PREFIX.tls.*`.
 *
 * @returns undefined where TLS is off
 * @throws TlsFileError naming the variable and its file
 */
export function tlsTexts(config: PlatformConfig, prefix: 'kafka' | 'lms-cassandra' | 'redis'): TlsTexts | undefined {
  if (!config.get(`${prefix}.tls.enabled`)) return undefined;
  const text = (name: 'ca' | 'cert' | 'key'): string | undefined => {
    const file = config.get(`${prefix}.tls.${name}`);
    return file === undefined ? undefined : readPem(`${prefix}.tls.${name}`, file);
  };
  const ca = text('ca');
  const cert = text('cert');
  const encrypted = text('key');
  const serverName = config.get(`${prefix}.tls.servername`);
  const key =
    encrypted === undefined
      ? undefined
      : plainKey(
          `${prefix}.tls.key`,
          config.get(`${prefix}.tls.key`) ?? '',
          encrypted,
          config.get(`${prefix}.tls.key-passphrase`),
        );
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(serverName === undefined ? {} : { serverName }),
  };
}

function readPem(variable: string, file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new TlsFileError(variable, file, `cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'})`);
  }
  if (!text.includes('-----BEGIN ')) throw new TlsFileError(variable, file, 'is no PEM file');
  return text;
}

/** Not every client takes a passphrase, so the key is opened here. */
function plainKey(variable: string, file: string, key: string, passphrase: string | undefined): string {
  if (passphrase === undefined) return key;
  try {
    return createPrivateKey({ key, passphrase }).export({ type: 'pkcs8', format: 'pem' }).toString();
  } catch {
    throw new TlsFileError(variable, file, 'cannot be opened with the passphrase given');
  }
}
