import { expect, test } from '@jest/globals';
import { budgetFromEnvironment, lengthOf, recoveryLimitOf } from './lengths.js';
import type { Budget } from './lengths.js';
import { healServices, integrityServices } from './services.js';
import { Row } from './row.js';
import { writeLeftOut, writeResult } from './table.js';
import { expectToFail, isUnprotected } from './unprotected.js';
import type { Protection } from './unprotected.js';

/** How long a row is and what it may log. */
export interface RowOptions {
  /** Seconds of faults at full length. */
  readonly seconds: number;
  /** Seconds of faults in the bounded form. @default 10, or `seconds` if that is less */
  readonly bounded?: number;
  /** Why the bounded form leaves this row out. */
  readonly onlyInFull?: string;
  /** What `--unprotected` takes away: without it the row must fail. */
  readonly protection?: Protection;
  /** Seconds of faults without the protection, where its absence shows late. @default as in the bounded form */
  readonly unprotected?: number;
}

interface Registered extends RowOptions {
  readonly name: string;
}

const registered: Registered[] = [];
const DEFAULT_BOUNDED = 10;
const BOUNDED: Budget = { minutes: undefined };
/** A limit for rows that hang. Loading, draining and a loaded machine included. */
const HANGS_AFTER_MS = 600_000;

/**
 * A row of the table: a named test on the real services, which gets a length that fits the time there is.
 *
 * The services are healed before it; what it started is ended after it, also where it failed. A row whose body neither
 * reported nor failed is a failure: it has checked nothing.
 */
export function integrityRow(name: string, options: RowOptions, body: (row: Row) => Promise<void>): void {
  const selected = process.env['MILLRACE_INTEGRITY_ROW']?.split('\n');
  if (selected?.some((part) => name.includes(part)) === false) return;
  const budget = budgetFromEnvironment();
  if (registered.some((other) => other.name === name)) throw new Error(`two rows are called "${name}"`);
  if (options.onlyInFull !== undefined && budget.minutes === undefined && selected === undefined && !isUnprotected()) {
    writeLeftOut(name, options.onlyInFull);
    return;
  }
  registered.push({ name, ...options });
  const limit = 2 * HANGS_AFTER_MS + options.seconds * 2_000;
  if (isUnprotected()) {
    test(name, () => withoutProtection(name, options, body), limit);
    return;
  }
  test(
    name,
    async () => {
      const seconds = lengthOf(lengths(options), registered.map(lengths), budget);
      const row = new Row(name, seconds, options.seconds, integrityServices());
      const started = performance.now();
      let passed = false;
      try {
        await healServices();
        await inTime(body(row), HANGS_AFTER_MS + seconds * 2_000);
        expect(row.hasReport).toBe(true);
        const limit = recoveryLimitOf(options.seconds, seconds, budget);
        expect(row.reported.recoverySeconds ?? 0).toBeLessThanOrEqual(limit);
        passed = true;
      } catch (error) {
        // At once: jest shows it when all rows have ended, more than an hour later.
        process.stderr.write(`\n${name}: ${error instanceof Error ? error.message : String(error)}\n`);
        throw error;
      } finally {
        await row.dispose();
        const wallSeconds = Math.round((performance.now() - started) / 1_000);
        writeResult({ row: name, passed, length: seconds, fullLength: options.seconds, wallSeconds, ...row.reported });
      }
    },
    limit,
  );
}

async function withoutProtection(name: string, options: RowOptions, body: (row: Row) => Promise<void>): Promise<void> {
  await healServices();
  const length = options.unprotected ?? lengths(options).bounded;
  const row = new Row(name, length, options.seconds, integrityServices());
  const judged = async (): Promise<void> => {
    try {
      await inTime(body(row), HANGS_AFTER_MS);
      expect(row.reported.recoverySeconds ?? 0).toBeLessThanOrEqual(recoveryLimitOf(options.seconds, length, BOUNDED));
    } finally {
      // It ended in the middle of its fault; a feeder that writes to a paused broker takes minutes to stop.
      await healServices();
      await row.dispose();
    }
  };
  await expectToFail(name, options.protection, judged, () => row.isUnderWay);
}

/** A row that hangs fails before jest gives it up: jest would begin the next one beside it. */
async function inTime(body: Promise<void>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`the row has not ended after ${String(limitMs / 1_000)} s`)), limitMs);
  });
  try {
    await Promise.race([body, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Rows that this run has. */
export function registeredRows(): number {
  return registered.length;
}

function lengths({ seconds, bounded }: RowOptions): { full: number; bounded: number } {
  return { full: seconds, bounded: Math.min(seconds, bounded ?? DEFAULT_BOUNDED) };
}
