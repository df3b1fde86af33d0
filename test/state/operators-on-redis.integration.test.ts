import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MemoryStateBackend } from '@millrace/core';
import { RedisConnection, redisStateBackend } from '@millrace/redis';
import { describeWithServices, uniqueName } from '@millrace/testing';
import fc from 'fast-check';
import { runOn } from '../support/crash-on-backend.js';
import { anyRecords, everyState, OUTPUTS } from '../support/every-state.js';

describeWithServices(['redis'], 'windows, joins and timers on Redis', ({ redis }) => {
  const connection = new RedisConnection({ host: redis.host, port: redis.port });
  beforeAll(() => connection.connect({ timeoutMs: 10_000 }));
  afterAll(() => connection.close());

  test('a crash at any place changes neither output nor state', async () => {
    const job = { topology: everyState, outputs: OUTPUTS };
    await fc.assert(
      fc.asyncProperty(anyRecords, fc.nat({ max: 2 }), fc.boolean(), async (records, part, isInSteps) => {
        const undisturbed = await runOn({ ...job, records, stateBackend: new MemoryStateBackend() });
        for (let after = 0; after <= records.length; after += 1) {
          const keyPrefix = `${uniqueName('operators')}:`;
          const maxScriptEntries = isInSteps ? 3 : 1_000;
          const stateBackend = redisStateBackend({ connection, keyPrefix, maxScriptEntries });
          const crash = { after, checkpointAfter: Math.floor((after * part) / 2) };
          expect(await runOn({ ...job, records, stateBackend, crash })).toEqual(undisturbed);
          await stateBackend.close?.();
        }
      }),
      { numRuns: 5 },
    );
  }, 120_000);
});
