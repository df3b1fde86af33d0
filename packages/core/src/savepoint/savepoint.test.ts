import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { MemoryStateBackend, Savepoint, SavepointInProgress, StreamExecutionEnvironment } from '@millrace/core';
import type { ConsumerRecord, JobOptions, StreamGraph } from '@millrace/core';
import { TestTopics } from '@millrace/core/testing';
import { startJob } from '../test-support/start-job.js';
import type { StartedJob } from '../test-support/start-job.js';

const decoder = new TextDecoder();
const text = (record: ConsumerRecord): string => decoder.decode(record.value ?? undefined);

let folder: string;
let topics: TestTopics;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-savepoint-'));
  topics = new TestTopics();
  topics.create('in', 2);
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function countingGraph(uid = 'count'): StreamGraph {
  const env = new StreamExecutionEnvironment({ jobName: 'counting' });
  env
    .fromSource(topics.source('in'), { uid: 'in' })
    .map((record) => ({ word: text(record), count: 1 }))
    .keyBy(({ word }) => word)
    .reduce((sum, one) => ({ word: sum.word, count: sum.count + one.count }), { uid })
    .map(({ word, count }) => ({ key: null, value: `${word} ${String(count)}` }))
    .sinkTo(topics.sink('out'), { uid: 'out' });
  return env.getStreamGraph();
}

const start = (options: JobOptions = {}, graph = countingGraph()): Promise<StartedJob> => startJob(graph, options);
const pipe = (partition: number, ...words: readonly string[]): void => {
  for (const value of words) topics.append('in', { value, partition });
};
const out = (): readonly string[] => topics.records('out').map(text);

/** Reading a savepoint is real work with files: virtual time does not know when it is done. */
async function outputs(count: number): Promise<readonly string[]> {
  while (out().length < count) await setTimeout(10);
  return out();
}

async function take(job: StartedJob, target: string): Promise<void> {
  const inProgress = await SavepointInProgress.begin(target);
  const part = await job.runner.savepoint(inProgress.folder);
  await inProgress.complete([part], 1);
}

describe('flink 2.4 a savepoint', () => {
  test('is where another run goes on, with state and positions, while the first went on by itself', async () => {
    const target = join(folder, 'one');
    const first = await start();
    pipe(0, 'a', 'a');
    pipe(1, 'b');
    await first.clock.advance(10);
    await take(first, target);
    expect(existsSync(`${target}.inprogress`)).toBe(false);
    pipe(0, 'a');
    await first.clock.advance(10);
    expect(out()).toEqual(['a 1', 'a 2', 'b 1', 'a 3']);
    await first.runner.stop();
    // From the savepoint: the third 'a' is read and counted again, whatever the group has committed.
    const second = await start({ savepoint: await Savepoint.open(target) });
    pipe(1, 'b');
    expect((await outputs(6)).slice(4).sort()).toEqual(['a 3', 'b 2']);
    await second.runner.stop();
  });

  test('is begun with once: later starts with it, and restarts, go on from the last checkpoint', async () => {
    const target = join(folder, 'one');
    const stateBackend = new MemoryStateBackend();
    const first = await start({ stateBackend });
    pipe(0, 'a');
    await first.clock.advance(10);
    await take(first, target);
    await first.runner.stop();
    const savepoint = await Savepoint.open(target);
    for (const [n, expected] of ['a 2', 'a 3'].entries()) {
      const next = await start({ stateBackend, savepoint });
      pipe(0, 'a');
      expect((await outputs(n + 2)).at(-1)).toBe(expected);
      await next.runner.stop();
    }
  });

  test('takes the place of the state that is there, of all of it', async () => {
    const target = join(folder, 'one');
    const stateBackend = new MemoryStateBackend();
    const first = await start({ stateBackend });
    pipe(0, 'a');
    await first.clock.advance(10);
    await take(first, target);
    pipe(0, 'a', 'b');
    await first.clock.advance(10);
    await first.runner.stop();
    topics = new TestTopics();
    topics.create('in', 2);
    pipe(0, 'a', 'a', 'b');
    const second = await start({ stateBackend, savepoint: await Savepoint.open(target) });
    expect(await outputs(2)).toEqual(['a 2', 'b 1']);
    await second.runner.stop();
  });

  test('with state of an operator that is gone: refused, unless it may be dropped', async () => {
    const target = join(folder, 'one');
    const first = await start();
    pipe(0, 'a');
    await first.clock.advance(10);
    await take(first, target);
    await first.runner.stop();
    const savepoint = await Savepoint.open(target);
    const renamed = await start({ savepoint }, countingGraph('renamed'));
    await expect(renamed.ended).resolves.toMatchObject({ error: { code: 'ERR_STATE_UNCLAIMED' } });
    const allowed = await start({ savepoint, allowNonRestoredState: true }, countingGraph('renamed'));
    pipe(0, 'a');
    expect((await outputs(2)).at(-1)).toBe('a 1');
    await allowed.runner.stop();
  });

  test('at a stop holds what the last checkpoint holds', async () => {
    const target = join(folder, 'stop');
    const first = await start();
    pipe(0, 'a', 'a');
    await first.clock.advance(10);
    const inProgress = await SavepointInProgress.begin(target);
    const { clean, savepoint: part } = await first.runner.stop({ savepoint: inProgress.folder });
    expect(clean).toBe(true);
    const manifest = await inProgress.complete([part!], 1);
    expect(manifest.tasks.map(({ owner, positions }) => [owner.split, positions])).toEqual([
      ['in-0', { '["in","in-0"]': 2 }],
      ['in-1', { '["in","in-1"]': 0 }],
    ]);
  });

  test('that misses the part of a process fails as a whole, and leaves nothing behind', async () => {
    const job = await start();
    const inProgress = await SavepointInProgress.begin(join(folder, 'half'));
    const part = await job.runner.savepoint(inProgress.folder);
    const half = { ...part, tasks: part.tasks.filter(({ owner }) => owner.split === 'in-0') };
    await expect(inProgress.complete([half], 1)).rejects.toThrow(/in-1/);
    expect(readdirSync(folder)).toEqual([]);
    await job.runner.stop();
  });

  test('in two parts with one task twice fails: the task moved meanwhile', async () => {
    const job = await start();
    const inProgress = await SavepointInProgress.begin(join(folder, 'twice'));
    const part = await job.runner.savepoint(inProgress.folder);
    await expect(inProgress.complete([part, part], 1)).rejects.toThrow(/moved/);
    await job.runner.stop();
  });

  test('needs a new folder, a job that runs, and a graph with state', async () => {
    mkdirSync(join(folder, 'taken'));
    await expect(SavepointInProgress.begin(join(folder, 'taken'))).rejects.toThrow(/exists/);
    const job = await start();
    await job.runner.stop();
    await expect(job.runner.savepoint(folder)).rejects.toMatchObject({ code: 'ERR_SAVEPOINT' });
    const env = new StreamExecutionEnvironment({ jobName: 'stateless' });
    env.fromSource(topics.source('in'), { uid: 'in' }).sinkTo(topics.sink('out'), { uid: 'out' });
    const stateless = await startJob(env.getStreamGraph());
    await expect(stateless.runner.savepoint(folder)).rejects.toThrow(/keeps no state/);
    await stateless.runner.stop();
  });

  test('that was damaged is refused, and the state stays as it was', async () => {
    const target = join(folder, 'one');
    const stateBackend = new MemoryStateBackend();
    const first = await start({ stateBackend });
    pipe(0, 'a');
    await first.clock.advance(10);
    await take(first, target);
    await first.runner.stop();
    const savepoint = await Savepoint.open(target);
    for (const { file } of savepoint.manifest.tasks) appendFileSync(join(target, file), 'x');
    const second = await start({ stateBackend, savepoint });
    await expect(second.ended).resolves.toMatchObject({ error: { code: 'ERR_SAVEPOINT' } });
    const third = await start({ stateBackend });
    pipe(0, 'a');
    await third.clock.advance(10);
    expect(out().at(-1)).toBe('a 2');
    await third.runner.stop();
  });
});

test('a folder that is no savepoint is named', async () => {
  await expect(Savepoint.open(folder)).rejects.toThrow(`${folder} is no savepoint`);
});
