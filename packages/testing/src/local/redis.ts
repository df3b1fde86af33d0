import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { certificateFiles, createCertificates, type TestCertificates } from '../certificates.js';
import type { ServerPorts, ServerRecipe } from './recipe.js';

/** What the server asks of its clients. */
export interface RedisSecurity {
  /** TLS and nothing else, under a certificate for `127.0.0.1` and `localhost`. @default false: plaintext */
  readonly tls?: boolean;
  /** The only user that may log in; `default` is switched off. `rules` as in ACL SETUSER. @default everybody may do everything */
  readonly user?: { readonly name: string; readonly password: string; readonly rules: string };
}

/** `redis-server` with an append-only file, so that a killed server has its acknowledged writes when it comes back. */
export function redisRecipe(program: string, security: RedisSecurity = {}): ServerRecipe {
  const { tls = false, user } = security;
  const certificatesOf = (dir: string): TestCertificates => certificateFiles(join(dir, 'certificates'));
  const config = (dir: string): string => join(dir, 'redis.conf');
  return {
    name: 'redis',
    title: 'Redis',
    async prepare(dir) {
      if (tls) await createCertificates(join(dir, 'certificates'));
      await writeFile(config(dir), user === undefined ? '' : userLines(user), { mode: 0o600 });
    },
    command: (dir, ports) => [
      ...[program, config(dir), '--bind', '127.0.0.1', '--dir', dir],
      ...(tls ? tlsArguments(ports, certificatesOf(dir)) : ['--port', String(ports.client)]),
      ...['--save', '', '--appendonly', 'yes'],
    ],
    readyLine: /Ready to accept connections/,
    ...(tls ? { certificates: certificatesOf } : {}),
    startTimeoutMs: 30_000,
  };
}

function userLines({ name, password, rules }: NonNullable<RedisSecurity['user']>): string {
  const hash = createHash('sha256').update(password).digest('hex');
  return `user default off\nuser ${name} on #${hash} ${rules}\n`;
}

function tlsArguments(ports: ServerPorts, { ca, cert, key }: TestCertificates): string[] {
  return [
    ...['--port', '0', '--tls-port', String(ports.client), '--tls-auth-clients', 'no'],
    ...['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', ca],
  ];
}
