import { describe, expect, test } from '@jest/globals';
import { StreamExecutionEnvironment } from '@millrace/core';
import type { StreamGraph } from '@millrace/core';
import { FakeSink } from '../test-support/fake-sink.js';
import { FakeSource } from '../test-support/fake-source.js';
import { startJob } from '../test-support/start-job.js';

describe('flink 2.2, 2.5 checkpoints of a graph without state', () => {
  function plain(): { source: FakeSource<string>; sink: FakeSink<string>; graph: StreamGraph } {
    const source = new FakeSource<string>();
    const sink = new FakeSink<string>();
    const env = new StreamExecutionEnvironment({ jobName: 'plain' });
    env.fromSource(source.source, { uid: 'in' }).sinkTo(sink.sink, { uid: 'out' });
    return { source, sink, graph: env.getStreamGraph() };
  }

  test('commit what is settled without a gap while work flows, and only what moved', async () => {
    const { source, sink, graph } = plain();
    sink.isStalled = true;
    const job = await startJob(graph);
    const [lease] = await source.assign('in-0');
    await source.push(lease!, 0, 'a', 'b', 'c');
    sink.waiting.splice(1, 1)[0]?.ack.done();
    await job.clock.advance(1_000);
    expect(source.commits).toEqual([]);
    sink.acknowledge(1);
    await job.clock.advance(1_000);
    expect(source.commits).toEqual([['in-0', 2]]);
    await source.push(lease!, 3, 'd');
    await job.clock.advance(5_000);
    expect(source.commits).toEqual([['in-0', 2]]);
    await job.runner.cancel();
  });

  test('that fail are tried again and never fail the job', async () => {
    const { source, graph } = plain();
    const job = await startJob(graph);
    const [lease] = await source.assign('in-0');
    await source.push(lease!, 0, 'a');
    source.onCommit = () => Promise.reject(new Error('not the coordinator'));
    await job.clock.advance(10_000);
    expect(job.runner.state).toBe('RUNNING');
    expect(job.metrics.total('numberOfFailedCheckpoints')).toBe(10);
    expect(job.metrics.readGauge('commitAge')).toBe(10_000);
    source.onCommit = () => undefined;
    await job.clock.advance(1_000);
    expect(source.commits).toEqual([['in-0', 1]]);
    expect(job.metrics.readGauge('commitAge')).toBe(0);
    await job.runner.stop();
  });

  test('leave the commit age of work that does not settle growing, not that of an idle split', async () => {
    const { source, sink, graph } = plain();
    const job = await startJob(graph);
    const [stuck] = await source.assign('in-0');
    await source.assign('in-1');
    await job.clock.advance(60_000);
    expect(job.metrics.readGauge('commitAge')).toBe(0);
    sink.isStalled = true;
    await source.push(stuck!, 0, 'a', 'b');
    await job.clock.advance(60_000);
    expect(job.metrics.readGauge('commitAge')).toBe(60_000);
    sink.acknowledge(1);
    await job.clock.advance(1_000);
    expect(job.metrics.readGauge('commitAge')).toBe(0);
    await job.clock.advance(5_000);
    expect(job.metrics.readGauge('commitAge')).toBe(5_000);
    await job.runner.cancel();
  });

  test('that a bounded run asks for do not overlap with those of the interval', async () => {
    const { source, graph } = plain();
    let running = 0;
    let mostRunning = 0;
    let at = 0;
    source.isDrained = (settled) => [...settled.values()].includes(3);
    const job = await startJob(graph, { untilDrained: true, checkpoint: { intervalMs: 100 } });
    const [lease] = await source.assign('in-0');
    source.onCommit = async () => {
      running += 1;
      mostRunning = Math.max(mostRunning, running);
      await new Promise<void>((resolve) => job.clock.setTimer(70, resolve));
      running -= 1;
      at = job.clock.now();
    };
    await source.push(lease!, 0, 'a');
    await job.clock.advance(110);
    await source.push(lease!, 1, 'b', 'c');
    await job.clock.advance(1_000);
    await expect(job.ended).resolves.toMatchObject({ state: 'FINISHED' });
    expect(mostRunning).toBe(1);
    expect(at).toBe(240);
    expect(source.commits).toEqual([
      ['in-0', 1],
      ['in-0', 3],
    ]);
  });

  test('never run two at a time, and leave the pause that was asked for', async () => {
    const { source, graph } = plain();
    const job = await startJob(graph, { checkpoint: { intervalMs: 100, minPauseMs: 70 } });
    const [lease] = await source.assign('in-0');
    const commits: number[] = [];
    let running = 0;
    let mostRunning = 0;
    source.onCommit = async () => {
      running += 1;
      mostRunning = Math.max(mostRunning, running);
      commits.push(job.clock.now());
      await new Promise<void>((resolve) => job.clock.setTimer(80, resolve));
      running -= 1;
    };
    for (let n = 0; n < 4; n += 1) {
      await source.push(lease!, n, 'a');
      await job.clock.advance(150);
    }
    expect(commits).toEqual([100, 250, 400, 550]);
    expect(mostRunning).toBe(1);
    source.onCommit = () => undefined;
    await job.clock.advance(1_000);
    await job.runner.stop();
    expect(job.clock.pendingTimers).toBe(0);
  });
});
