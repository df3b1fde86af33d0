import { describe, expect, test } from '@jest/globals';
import { AsyncDataStream, StreamExecutionEnvironment } from '@millrace/core';
import type { AsyncFunction, StreamGraph } from '@millrace/core';
import { FakeSink } from '../test-support/fake-sink.js';
import { FakeSource, quiet } from '../test-support/fake-source.js';
import { startJob } from '../test-support/start-job.js';

function graphOf(source: FakeSource<string>, sink: FakeSink<string>, fn?: AsyncFunction<string, string>): StreamGraph {
  const env = new StreamExecutionEnvironment({ jobName: 'session' });
  const stream = env.fromSource(source.source, { uid: 'in' });
  const last = fn === undefined ? stream : AsyncDataStream.unorderedWait<string, string>(stream, fn, { uid: 'call' });
  last.sinkTo(sink.sink, { uid: 'out' });
  return env.getStreamGraph();
}

const splitsOf = (job: Awaited<ReturnType<typeof startJob>>): string[] =>
  job.runner.status().tasks.map(({ split }) => split);

describe('an assignment', () => {
  test('makes one task for each split, from where the source would begin', async () => {
    const source = new FakeSource<string>();
    const job = await startJob(graphOf(source, new FakeSink()));
    const leases = await source.assign({ id: 'in-0', position: 7 }, { id: 'in-1', position: undefined });
    expect(leases).toMatchObject([
      { id: 'in-0', startPosition: 7 },
      { id: 'in-1', startPosition: undefined },
    ]);
    expect(leases[1]!.epoch).toBeGreaterThan(leases[0]!.epoch);
    expect(splitsOf(job)).toEqual(['in-0', 'in-1']);
    await job.runner.cancel();
  });

  test('of a split that is held already takes the place of the older one, whose pushes and acknowledgements count no more', async () => {
    const source = new FakeSource<string>();
    const sink = new FakeSink<string>();
    sink.isStalled = true;
    const job = await startJob(graphOf(source, sink));
    const [old] = await source.assign('in-0');
    void source.push(old!, 0, 'a', 'b');
    await quiet();
    const [current] = await source.assign({ id: 'in-0', position: 0 });
    expect(splitsOf(job)).toEqual(['in-0']);
    sink.acknowledge();
    await source.push(old!, 2, 'c');
    await job.clock.advance(1_000);
    expect(sink.written).toEqual(['a', 'b']);
    expect(source.commits).toEqual([]);
    sink.isStalled = false;
    await source.push(current!, 0, 'a');
    await job.clock.advance(1_000);
    expect(source.commits).toEqual([['in-0', 1]]);
    await job.runner.stop();
  });

  test('of one split twice at the same time leaves one task, of the newer', async () => {
    const source = new FakeSource<string>();
    let open: (() => void) | undefined;
    let opened = 0;
    const job = await startJob(
      graphOf(source, new FakeSink(), {
        open: () => {
          opened += 1;
          return opened === 1 ? new Promise<void>((resolve) => (open = resolve)) : undefined;
        },
        asyncInvoke: (word) => Promise.resolve([word]),
      }),
    );
    const first = source.assign('in-0');
    const second = source.assign('in-0');
    await quiet();
    expect(opened).toBe(1);
    open?.();
    const [[old], [current]] = await Promise.all([first, second]);
    expect(current!.epoch).toBeGreaterThan(old!.epoch);
    expect(splitsOf(job)).toEqual(['in-0']);
    await source.push(old!, 0, 'stale');
    expect(job.runner.status().tasks).toMatchObject([{ position: 0 }]);
    await job.runner.cancel();
  });

  test('waits until the calls of the task before have ended', async () => {
    const source = new FakeSource<string>();
    let answer: (() => void) | undefined;
    const job = await startJob(
      graphOf(source, new FakeSink(), {
        asyncInvoke: () => new Promise((resolve) => (answer = () => resolve(['late']))),
      }),
    );
    const [old] = await source.assign('in-0');
    await source.push(old!, 0, 'a');
    source.host.lose([old!]);
    let isAssigned = false;
    const assigning = source.assign('in-0').then(() => (isAssigned = true));
    await quiet();
    expect(isAssigned).toBe(false);
    answer?.();
    await assigning;
    expect(splitsOf(job)).toEqual(['in-0']);
    await job.runner.cancel();
  });

  test('whose function does not open fails the job, though the source ignores it', async () => {
    const source = new FakeSource<string>();
    const closed: string[] = [];
    const job = await startJob(
      graphOf(source, new FakeSink(), {
        open: () => Promise.reject(new Error('no connection')),
        asyncInvoke: () => Promise.resolve([]),
        close: () => void closed.push('close'),
      }),
    );
    await source.assign('in-0').catch(() => undefined);
    await expect(job.ended).resolves.toMatchObject({ error: { message: 'session failed: no connection' } });
    expect(closed).toEqual(['close']);
  });
});

describe('a revoke', () => {
  test('drains and commits what is settled, without waiting for a checkpoint', async () => {
    const source = new FakeSource<string>();
    const sink = new FakeSink<string>();
    sink.isStalled = true;
    const job = await startJob(graphOf(source, sink));
    const [lease] = await source.assign('in-0');
    await source.push(lease!, 0, 'a', 'b');
    const revoked = source.host.revoke([lease!], 5_000);
    await quiet();
    expect(source.commits).toEqual([]);
    sink.acknowledge();
    await revoked;
    expect(source.commits).toEqual([['in-0', 2]]);
    expect(splitsOf(job)).toEqual([]);
    await job.runner.stop();
  });

  test('takes no more of a chunk in hand', async () => {
    const source = new FakeSource<string>();
    const sink = new FakeSink<string>();
    sink.isStalled = true;
    const job = await startJob(graphOf(source, sink), { maxInFlightPerTask: 1 });
    const [lease] = await source.assign('in-0');
    const push = source.push(lease!, 0, 'a', 'b', 'c');
    await quiet();
    const revoked = source.host.revoke([lease!], 5_000);
    sink.acknowledge();
    await revoked;
    await push;
    expect(sink.written).toEqual(['a']);
    expect(source.commits).toEqual([['in-0', 1]]);
    await job.runner.stop();
  });

  test('is bounded where a sink does not answer, and commits what is settled without a gap', async () => {
    const source = new FakeSource<string>();
    const sink = new FakeSink<string>();
    sink.isStalled = true;
    const job = await startJob(graphOf(source, sink), { checkpoint: { intervalMs: 60_000 } });
    const [lease] = await source.assign('in-0');
    await source.push(lease!, 0, 'a', 'b', 'c');
    sink.waiting.splice(2, 1)[0]?.ack.done();
    sink.acknowledge(1);
    let isDone = false;
    const revoked = source.host.revoke([lease!], 5_000).then(() => (isDone = true));
    await job.clock.advance(4_999);
    expect(isDone).toBe(false);
    await job.clock.advance(1);
    await revoked;
    expect(source.commits).toEqual([['in-0', 1]]);
    await job.runner.cancel();
  });

  test('is bounded where the commit does not answer, and harmless where it fails', async () => {
    const source = new FakeSource<string>();
    const job = await startJob(graphOf(source, new FakeSink()), { checkpoint: { intervalMs: 60_000 } });
    const leases = await source.assign('in-0', 'in-1');
    await source.push(leases[0]!, 0, 'a');
    await source.push(leases[1]!, 0, 'a');
    source.onCommit = () => new Promise(() => undefined);
    let isDone = false;
    const revoked = source.host.revoke([leases[0]!], 1_000).then(() => (isDone = true));
    await job.clock.advance(999);
    expect(isDone).toBe(false);
    await job.clock.advance(1);
    await revoked;
    source.onCommit = () => Promise.reject(new Error('not the coordinator'));
    await source.host.revoke([leases[1]!], 1_000);
    expect(job.runner.state).toBe('RUNNING');
    expect(splitsOf(job)).toEqual([]);
    source.onCommit = () => undefined;
    await job.runner.cancel();
  });

  test('of what is not held any more, or nothing, does nothing', async () => {
    const source = new FakeSource<string>();
    const job = await startJob(graphOf(source, new FakeSink()));
    const [lease] = await source.assign('in-0');
    source.host.lose([lease!]);
    source.host.lose([lease!]);
    await source.host.revoke([lease!], 1_000);
    await source.host.revoke([], 1_000);
    expect(source.commits).toEqual([]);
    await job.runner.cancel();
  });
});

describe('a loss', () => {
  test('commits nothing, then or later', async () => {
    const source = new FakeSource<string>();
    const job = await startJob(graphOf(source, new FakeSink()));
    const [lease] = await source.assign('in-0');
    await source.push(lease!, 0, 'a');
    source.host.lose([lease!]);
    await job.clock.advance(5_000);
    await job.runner.stop();
    expect(source.commits).toEqual([]);
  });

  test('aborts the calls of the task; what they do then is not written', async () => {
    const source = new FakeSource<string>();
    const sink = new FakeSink<string>();
    const job = await startJob(
      graphOf(source, sink, {
        asyncInvoke: (word, { signal }) =>
          new Promise((resolve) => {
            signal.addEventListener('abort', () => resolve([word]));
          }),
      }),
    );
    const [lease] = await source.assign('in-0');
    await source.push(lease!, 0, 'zombie');
    source.host.lose([lease!]);
    await quiet();
    expect(sink.written).toEqual([]);
    await job.runner.stop();
  });
});

test('a task that is closing begins nothing new, though acknowledgements make room for it', async () => {
  const source = new FakeSource<string>();
  const sink = new FakeSink<string>();
  sink.isStalled = true;
  const begun: string[] = [];
  let answer: (() => void) | undefined;
  const env = new StreamExecutionEnvironment({ jobName: 'closing' });
  const admitted = env
    .fromSource(source.source, { uid: 'in' })
    .keyBy((word) => word[0] ?? '')
    .admit({ uid: 'admit' });
  AsyncDataStream.unorderedWait<string, string>(
    admitted,
    {
      asyncInvoke: (word) => {
        begun.push(word);
        // `b` does not heed its signal, so that closing takes its time.
        return word === 'b1' ? new Promise((resolve) => (answer = () => resolve([word]))) : Promise.resolve([word]);
      },
    },
    { uid: 'call' },
  ).sinkTo(sink.sink, { uid: 'out' });
  const job = await startJob(env.getStreamGraph());
  const [lease] = await source.assign('in-0');
  await source.push(lease!, 0, 'a1', 'a2', 'b1');
  await quiet();
  source.host.lose([lease!]);
  sink.acknowledge();
  await quiet();
  expect(begun).toEqual(['a1', 'b1']);
  answer?.();
  await quiet();
  expect(sink.written).toEqual(['a1']);
  const [again] = await source.assign('in-0');
  sink.isStalled = false;
  await source.push(again!, 0, 'a1', 'a2');
  await quiet();
  expect(sink.written).toEqual(['a1', 'a1', 'a2']);
  await job.runner.stop();
});

test('a source that gives up fails the attempt', async () => {
  const source = new FakeSource<string>();
  const job = await startJob(graphOf(source, new FakeSink()));
  source.host.fail(new Error('authorisation withdrawn'));
  await expect(job.ended).resolves.toMatchObject({ error: { message: 'session failed: authorisation withdrawn' } });
  expect(job.states).toEqual(['CREATED', 'RUNNING', 'FAILING', 'FAILED']);
});
