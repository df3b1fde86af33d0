import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadConfig } from '@millrace/runner';
import { reconciliationVariables } from '../config.js';
import { TlsFileError } from './errors.js';
import { tlsTexts } from './tls-files.js';

describe('tlsTexts', () => {
  let folder: string;
  const path = (name: string): string => join(folder, name);
  const texts = async (environment: Record<string, string>) =>
    tlsTexts(await loadConfig(reconciliationVariables, { file: undefined, environment, flags: [], cwd: '/' }), 'redis');

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-tls-'));
    const { privateKey } = generateKeyPairSync('ec', {
      namedCurve: 'P-256',
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open' },
    });
    await writeFile(path('key.pem'), privateKey);
    await writeFile(path('ca.pem'), '-----BEGIN CERTIFICATE-----\n');
    await writeFile(path('not.pem'), 'hello');
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  const on = { MILLRACE_REDIS_TLS_ENABLED: 'true' };

  test('no TLS, no files', async () => {
    expect(await texts({ MILLRACE_REDIS_TLS_CA: path('nowhere') })).toBeUndefined();
  });

  test('files are read, names passed on, keys opened', async () => {
    const read = await texts({
      ...on,
      MILLRACE_REDIS_TLS_CA: path('ca.pem'),
      MILLRACE_REDIS_TLS_KEY: path('key.pem'),
      MILLRACE_REDIS_TLS_KEY_PASSPHRASE: 'open',
      MILLRACE_REDIS_TLS_SERVERNAME: 'cache.example',
    });
    expect(read).toEqual({
      ca: '-----BEGIN CERTIFICATE-----\n',
      key: expect.stringMatching(/^-----BEGIN PRIVATE KEY-----/),
      serverName: 'cache.example',
    });
  });

  test('the system authorities need no file', async () => {
    expect(await texts(on)).toEqual({});
  });

  test.each([
    ['MILLRACE_REDIS_TLS_CA', 'nowhere', 'redis.tls.ca'],
    ['MILLRACE_REDIS_TLS_CERT', 'not.pem', 'redis.tls.cert'],
    ['MILLRACE_REDIS_TLS_KEY', 'key.pem', 'redis.tls.key'],
  ])('%s = %s is refused with the name of the variable', async (variable, file, name) => {
    const read = texts({ ...on, [variable]: path(file), MILLRACE_REDIS_TLS_KEY_PASSPHRASE: 'wrong' });
    await expect(read).rejects.toThrow(TlsFileError);
    await expect(read).rejects.toThrow(name);
  });
});
