import { describe, expect, test } from '@jest/globals';
import { MemoryStateBackend, StreamExecutionEnvironment } from '@millrace/core';
import type { CheckpointOptions } from '@millrace/core';
import { FakeSink } from '../test-support/fake-sink.js';
import { FakeSource, quiet } from '../test-support/fake-source.js';
import { startJob } from '../test-support/start-job.js';

const OWNER = { jobName: 'early', source: 'in', split: 'in-0' };

async function counting(checkpoint: CheckpointOptions) {
  const source = new FakeSource<string>();
  const backend = new MemoryStateBackend();
  const env = new StreamExecutionEnvironment({ jobName: 'early' });
  env
    .fromSource(source.source, { uid: 'in' })
    .keyBy((word) => word)
    .reduce((first) => first, { uid: 'count' })
    .sinkTo(new FakeSink<string>().sink, { uid: 'out' });
  const job = await startJob(env.getStreamGraph(), { stateBackend: backend, checkpoint });
  const [lease] = await source.assign('in-0');
  let position = 0;
  return {
    job,
    source,
    backend,
    async push(...words: string[]): Promise<void> {
      await source.push(lease!, position, ...words);
      position += words.length;
      await quiet();
    },
    /** Position of the last checkpoint. */
    written: () => [...(backend.peek(OWNER)?.snapshot?.positions.values() ?? [])][0],
  };
}

describe('a checkpoint comes before its interval', () => {
  test('when as many entries have changed as maxChangedEntries says, and not for fewer', async () => {
    const its = await counting({ intervalMs: 60_000, maxChangedEntries: 3 });
    await its.push('a', 'b', 'a', 'b');
    expect(its.written()).toBeUndefined();
    await its.push('c');
    expect(its.written()).toBe(5);
    await its.push('a', 'b', 'a');
    expect(its.written()).toBe(5);
    await its.push('d');
    expect(its.written()).toBe(9);
    await its.job.runner.stop();
  });

  test('but not before the pause, and the next interval begins behind it', async () => {
    const its = await counting({ intervalMs: 60_000, minPauseMs: 100, maxChangedEntries: 2 });
    await its.push('a', 'b');
    expect(its.written()).toBe(2);
    await its.push('c', 'd');
    expect(its.written()).toBe(2);
    await its.job.clock.advance(99);
    expect(its.written()).toBe(2);
    await its.job.clock.advance(1);
    await quiet();
    expect(its.written()).toBe(4);
    await its.push('e');
    await its.job.clock.advance(59_999);
    await quiet();
    expect(its.written()).toBe(4);
    await its.job.clock.advance(1);
    await quiet();
    expect(its.written()).toBe(5);
    await its.job.runner.stop();
    expect(its.job.clock.pendingTimers).toBe(0);
  });

  test('of all tasks of the process together, each counted until it is written or its task ends', async () => {
    const its = await counting({ intervalMs: 60_000, maxChangedEntries: 4 });
    const [other] = await its.source.assign('in-1');
    const written = () => [...(its.backend.peek({ ...OWNER, split: 'in-1' })?.snapshot?.positions.values() ?? [])][0];
    await its.push('a', 'b');
    await its.source.push(other!, 0, 'x');
    await quiet();
    expect([its.written(), written()]).toEqual([undefined, undefined]);
    await its.source.push(other!, 1, 'y');
    await quiet();
    expect([its.written(), written()]).toEqual([2, 2]);

    await its.source.push(other!, 2, 'x', 'y', 'z');
    its.source.host.lose([other!]);
    await quiet();
    const after = its.written();
    await its.push('c', 'd', 'e');
    expect(its.written()).toBe(after);
    await its.push('f');
    expect(its.written()).toBe(6);
    await its.job.runner.stop();
  });

  test('must be asked for with at least one entry', async () => {
    await expect(counting({ maxChangedEntries: 0 })).rejects.toThrow(RangeError);
  });
});
