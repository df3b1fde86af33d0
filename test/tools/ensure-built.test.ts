import { spawn } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

const tools = fileURLToPath(new URL('../../tools', import.meta.url));
let root: string;

// A checkout of one package. Installer and compiler are stand-ins that write down that they were called.
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'millrace-checkout-'));
  write('package.json', JSON.stringify({ type: 'module', packageManager: 'pnpm@1.2.3' }));
  write('pnpm-lock.yaml', 'one');
  write('pnpm-workspace.yaml', '');
  write('tsconfig.base.json', '{}');
  write('tsconfig.json', JSON.stringify({ references: [{ path: 'packages/a' }] }));
  write('packages/a/package.json', '{}');
  write('packages/a/tsconfig.json', '{}');
  write('packages/a/src/index.ts', '1');
  write('packages/a/src/index.test.ts', '1');
  cpSync(tools, join(root, 'tools'), { recursive: true });
  const compiler = `
    const fs = require('node:fs');
    fs.appendFileSync('calls', 'build ');
    console.log('compiled');
    if (fs.existsSync('broken')) process.exit(2);
    fs.mkdirSync('packages/a/dist', { recursive: true });`;
  write('compiler.cjs', compiler);
  const installer = `#!/bin/sh
    printf 'install(%s) ' "$*" >> calls
    mkdir -p node_modules/.pnpm node_modules/typescript/bin
    cp compiler.cjs node_modules/typescript/bin/tsc
    printf '{}' > node_modules/typescript/package.json
    cp pnpm-lock.yaml node_modules/.pnpm/lock.yaml`;
  write('bin/npx', installer);
  chmodSync(join(root, 'bin/npx'), 0o755);
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(file: string, text: string): void {
  mkdirSync(join(root, file, '..'), { recursive: true });
  writeFileSync(join(root, file), text);
}

/** Runs the tool; says what it called since the last time, and what it printed for the shell. */
async function ensureBuilt(): Promise<{ code: number | null; stdout: string; calls: string }> {
  const env = { ...process.env, PATH: [join(root, 'bin'), process.env['PATH']].join(delimiter) };
  const child = spawn(process.execPath, [join(root, 'tools/ensure-built.mjs')], {
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let stdout = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  const calls = existsSync(join(root, 'calls')) ? readFileSync(join(root, 'calls'), 'utf8') : '';
  rmSync(join(root, 'calls'), { force: true });
  return { code, stdout, calls };
}

const install = 'install(-y pnpm@1.2.3 install --frozen-lockfile) ';

describe('ensure-built', () => {
  test('installs and builds a fresh clone with nothing on standard output, then does nothing', async () => {
    expect(await ensureBuilt()).toEqual({ code: 0, stdout: '', calls: `${install}build ` });
    expect(await ensureBuilt()).toEqual({ code: 0, stdout: '', calls: '' });
  });

  test('builds again when a source changes, is added or removed, and not for a test', async () => {
    await ensureBuilt();
    write('packages/a/src/index.test.ts', 'longer than before');
    expect((await ensureBuilt()).calls).toBe('');
    write('packages/a/src/index.ts', 'longer than before');
    expect((await ensureBuilt()).calls).toBe('build ');
    write('packages/a/src/deep/more.ts', '');
    expect((await ensureBuilt()).calls).toBe('build ');
    rmSync(join(root, 'packages/a/src/deep/more.ts'));
    expect((await ensureBuilt()).calls).toBe('build ');
  });

  test('builds again when the output is gone, and installs again when the lock file changes', async () => {
    await ensureBuilt();
    rmSync(join(root, 'packages/a/dist'), { recursive: true });
    expect((await ensureBuilt()).calls).toBe('build ');
    write('pnpm-lock.yaml', 'two');
    expect((await ensureBuilt()).calls).toBe(`${install}build `);
    rmSync(join(root, 'node_modules'), { recursive: true });
    expect((await ensureBuilt()).calls).toBe(`${install}build `);
  });

  test('several at once install and build once', async () => {
    const results = await Promise.all([ensureBuilt(), ensureBuilt(), ensureBuilt()]);
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(results.map(({ calls }) => calls).join('')).toBe(`${install}build `);
  });

  test('a build that fails is an exit code, and is tried again', async () => {
    write('broken', '');
    expect(await ensureBuilt()).toMatchObject({ code: 1, stdout: '', calls: `${install}build ` });
    rmSync(join(root, 'broken'));
    expect(await ensureBuilt()).toEqual({ code: 0, stdout: '', calls: 'build ' });
  });
});
