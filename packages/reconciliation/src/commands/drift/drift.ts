import { setMaxListeners } from 'node:events';
import type { Clock } from '@millrace/core';
import { sleep } from '@millrace/core';
import type { EnrolmentKey } from '../../domain/model.js';
import type { EnrolmentScan, ScanFilter } from '../../stores/enrolment-scan.js';
import type { Pace } from '../pace.js';
import { counted, noCounts } from './findings.js';
import type { DriftCounts, Finding, Judge } from './findings.js';
import type { Standing } from './resume-file.js';

export interface DriftOptions {
  readonly filter: ScanFilter;
  readonly judge: Judge;
  /** Enrolments that are looked at together. */
  readonly concurrency: number;
  /** Books every row of the scan; what a look costs is booked by the judge. */
  readonly pace: Pace;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Where to go on. */
  readonly from: Standing | undefined;
  /** Takes the lines of stale enrolments, in the order of the scan. */
  write(lines: readonly object[]): Promise<void>;
  /** Called when everything up to a position was written. */
  reached(place: Pick<Standing, 'position' | 'counts' | 'share'>): Promise<void>;
  progress(counts: DriftCounts, share: number | undefined): void;
}

/** Quick repetitions for a service that stumbles; an outage ends the scan, which goes on later where it stood. */
const RETRY_MS = [200, 1_000, 3_000, 10_000];

/**
 * Looks at every enrolment of a course or batch. Reads only; memory holds one page. Interrupted at any moment, it goes on
 * from what `reached` was told last: the lines written behind that are to be cut off.
 *
 * @throws the signal's reason; what the scan or the judge throws, after some tries
 */
export async function drift(scan: EnrolmentScan, options: DriftOptions): Promise<DriftCounts> {
  const { filter, from, signal, pace } = options;
  // Each look may wait for a service that stumbles; that is no leak.
  setMaxListeners(0, signal);
  let counts = from?.counts ?? noCounts;
  for await (const page of scan.scan(filter, from?.position)) {
    signal.throwIfAborted();
    await pace.take(page.rows);
    const findings = await inOrder(page.keys, options.concurrency, (key) => withRetries(options, key));
    counts = counted(counts, page.rows, findings);
    await options.write(findings.flatMap(({ line }) => (line === undefined ? [] : [line])));
    const { position, share } = page;
    if (position !== undefined) await options.reached({ position, counts, share: share ?? null });
    options.progress(counts, share);
  }
  return counts;
}

async function withRetries({ judge, clock, signal }: DriftOptions, key: EnrolmentKey): Promise<Finding> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await judge(key);
    } catch (error) {
      const delay = RETRY_MS[attempt];
      if (delay === undefined || signal.aborted) throw error;
      await sleep(clock, delay, signal);
    }
  }
}

/** Results in the order of the inputs, `width` under way at once. After a failure nothing new begins. */
async function inOrder<T, R>(
  inputs: readonly T[],
  width: number,
  work: (input: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  let next = 0;
  let hasFailed = false;
  const worker = async (): Promise<void> => {
    while (next < inputs.length && !hasFailed) {
      const index = next;
      next += 1;
      try {
        results[index] = await work(inputs[index]!);
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    }
  };
  const outcomes = await Promise.allSettled(Array.from({ length: Math.min(width, inputs.length) }, worker));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  return results;
}
