import { afterAll, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryStateBackend } from '@millrace/core';
import { embeddedStateBackend } from '@millrace/embedded';
import fc from 'fast-check';
import { runOn } from '../support/crash-on-backend.js';
import { anyRecords, everyState, OUTPUTS } from '../support/every-state.js';

const folder = mkdtempSync(join(tmpdir(), 'millrace-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let number = 0;

test('windows, joins and timers on LMDB: a crash at any place changes neither output nor state', async () => {
  const job = { topology: everyState, outputs: OUTPUTS };
  await fc.assert(
    fc.asyncProperty(anyRecords, fc.nat({ max: 2 }), async (records, part) => {
      const undisturbed = await runOn({ ...job, records, stateBackend: new MemoryStateBackend() });
      for (let after = 0; after <= records.length; after += 1) {
        const stateBackend = embeddedStateBackend({ directory: join(folder, String((number += 1))) });
        const crash = { after, checkpointAfter: Math.floor((after * part) / 2) };
        expect(await runOn({ ...job, records, stateBackend, crash })).toEqual(undisturbed);
        await stateBackend.close?.();
      }
    }),
    { numRuns: 5 },
  );
}, 120_000);
