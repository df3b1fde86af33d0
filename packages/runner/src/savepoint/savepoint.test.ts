import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestTopics } from '@millrace/core/testing';
import { main } from '../main.js';
import { FakeIo, until } from '../test-support/fake-io.js';

const JOB = './fixtures/jobs/counting.mjs';

interface Fixture {
  readonly topics: TestTopics;
}

let topics: TestTopics;
let folder: string;
let place: string;
beforeAll(async () => {
  ({ topics } = (await import(new URL('../../fixtures/jobs/counting.mjs', import.meta.url).href)) as Fixture);
  folder = mkdtempSync(join(tmpdir(), 'millrace-control-'));
  place = join(folder, 'store');
  mkdirSync(place);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Ended {
  readonly code: number;
  readonly io: FakeIo;
}

async function millrace(...argv: readonly string[]): Promise<Ended> {
  const io = new FakeIo();
  return { code: await main([...argv], io), io };
}

const counts = (): readonly (string | null)[] => topics.readAll('counts').map(({ value }) => value);
const running: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((stop) => stop()));
});

/** Starts the job on the folder and waits until it can be asked. */
async function start(...more: readonly string[]): Promise<{ io: FakeIo; ended: Promise<number> }> {
  const io = new FakeIo();
  const ended = main(['run', JOB, '--embedded', place, ...more], io);
  running.push(() => {
    io.signal('SIGTERM');
    return ended;
  });
  await until(
    () => io.logged('job state').some(({ state }) => state === 'RUNNING') && existsSync(join(place, 'control.json')),
  );
  return { io, ended };
}

describe('a savepoint of a running job', () => {
  test('is taken while the job goes on; another run begins with it, once', async () => {
    await start();
    topics.append('words', { value: 'a' });
    topics.append('words', { value: 'a' });
    await until(() => counts().length === 2);
    const out = join(folder, 'one');
    const taken = await millrace('savepoint', JOB, '--embedded', place, '--out', out, '--format', 'json');
    expect(taken.io.messages).toEqual([]);
    expect([taken.code, JSON.parse(taken.io.out)]).toMatchObject([0, { job: 'counting', folder: out }]);
    topics.append('words', { value: 'a' });
    await until(() => counts().length === 3);
    await running.pop()?.();
    await start('--from-savepoint', out);
    await until(() => counts().length === 4);
    expect(counts()).toEqual(['a 1', 'a 2', 'a 3', 'a 3']);
    expect(existsSync(`${out}.inprogress`)).toBe(false);
  });

  test('with --stop is the last thing that the job does', async () => {
    const { ended } = await start();
    const out = join(folder, 'stopped');
    const taken = await millrace('savepoint', JOB, '--embedded', place, '--out', out, '--stop', '--drain');
    expect([taken.code, taken.io.messages]).toEqual([0, []]);
    expect(await ended).toBe(0);
    expect(existsSync(join(place, 'control.json'))).toBe(false);
    const { code, io } = await millrace('state', 'list', JOB, '--savepoint', out, '--format', 'json');
    expect(code).toBe(0);
    expect(JSON.parse(io.out)).toEqual([
      expect.objectContaining({ task: 'words-0', uid: 'count', kind: 'value', entries: 1 }),
    ]);
  });

  test('is asked for with a token that the folder keeps from others', async () => {
    await start();
    const { mode } = statSync(join(place, 'control.json'));
    expect(mode & 0o077).toBe(0);
    const { url } = JSON.parse(readFileSync(join(place, 'control.json'), 'utf8')) as { url: string };
    const ask = (headers: Record<string, string>): Promise<number> =>
      fetch(`${url}/savepoint`, { method: 'POST', headers, body: '{"folder":"/nowhere"}' }).then(
        ({ status }) => status,
      );
    expect(await ask({})).toBe(401);
    expect(await ask({ authorization: 'Bearer guess' })).toBe(401);
  });

  test('fails as a whole, and says why, where a process cannot write its part', async () => {
    await start();
    const before = readdirSync(folder);
    const { code, io } = await millrace(
      ...['savepoint', JOB, '--process', 'http://127.0.0.1:1', '--out', join(folder, 'never'), '--http.token', 'x'],
    );
    expect([code, io.messages]).toEqual([69, [expect.stringContaining('http://127.0.0.1:1')]]);
    expect(readdirSync(folder)).toEqual(before);
  });
});

describe('over HTTP', () => {
  test('without http.token whatever would change something is refused', async () => {
    const io = new FakeIo();
    const ended = main(['run', JOB, '--embedded', place, '--http.port', '0'], io);
    running.push(() => {
      io.signal('SIGTERM');
      return ended;
    });
    await until(() => io.logged('HTTP server listens').length === 2 && existsSync(join(place, 'control.json')));
    const ports = io.logged('HTTP server listens').map(({ port }) => Number(port));
    const { url } = JSON.parse(readFileSync(join(place, 'control.json'), 'utf8')) as { url: string };
    const port = ports.find((each) => !url.endsWith(`:${String(each)}`))!;
    const { code, io: asked } = await millrace(
      ...['savepoint', JOB, '--http.port', String(port), '--out', join(folder, 'refused')],
    );
    expect([code, asked.messages]).toEqual([1, [expect.stringContaining('http.token')]]);
  });
});

describe('what is wrong', () => {
  test.each([
    ['--drain without --stop', ['savepoint', JOB, '--out', 'x', '--drain'], /--stop/],
    ['nobody to ask', ['savepoint', JOB, '--out', 'x'], /--embedded.*--process.*http\.port/],
    ['an address that is none', ['savepoint', JOB, '--out', 'x', '--process', 'nowhere'], /address/],
    ['a folder that is no savepoint', ['state', 'list', JOB, '--savepoint', '.'], /no savepoint/],
    ['to begin with what is no savepoint', ['run', JOB, '--embedded', '.', '--from-savepoint', '.'], /no savepoint/],
  ])('%s: one line, exit code 2', async (_name, argv, reason) => {
    const { code, io } = await millrace(...argv);
    expect([code, io.messages]).toEqual([2, [expect.stringMatching(reason)]]);
  });

  test('a folder on which nothing runs', async () => {
    const { code, io } = await millrace('savepoint', JOB, '--embedded', folder, '--out', join(folder, 'x'));
    expect([code, io.messages]).toEqual([2, [expect.stringMatching(/no process runs/)]]);
  });
});

test('state get shows the values of a stopped job', async () => {
  const { code, io } = await millrace(
    ...['state', 'get', JOB, '--uid', 'count', '--name', 'reduced', '--key', 'a', '--format', 'json'],
  );
  expect([code, JSON.parse(io.out)]).toEqual([0, [{ task: 'words-0', key: 'a', value: { word: 'a', count: 3 } }]]);
});
