import { expect, test } from '@jest/globals';
import { StreamExecutionEnvironment, ValueStateDescriptor } from '@millrace/core';
import type { ValueState } from '@millrace/core';
import { FakeSink } from '../test-support/fake-sink.js';
import { FakeSource } from '../test-support/fake-source.js';
import { startJob } from '../test-support/start-job.js';

test('a checkpoint whose state cannot be copied fails with the reason', async () => {
  const source = new FakeSource<string>();
  const env = new StreamExecutionEnvironment({ jobName: 'uncloneable' });
  let state: ValueState<() => void>;
  env
    .fromSource(source.source, { uid: 'in' })
    .keyBy((word) => word)
    .process<string>(
      {
        open: (context) => void (state = context.getState(new ValueStateDescriptor('fn'))),
        processElement: () => state.update(() => undefined),
      },
      { uid: 'count' },
    )
    .sinkTo(new FakeSink<string>().sink, { uid: 'out' });
  const job = await startJob(env.getStreamGraph());
  const [lease] = await source.assign('in-0');
  await source.push(lease!, 0, 'a');
  await job.clock.advance(1_000);
  await expect(job.ended).resolves.toMatchObject({
    error: { message: expect.stringContaining('could not be cloned') },
  });
});
