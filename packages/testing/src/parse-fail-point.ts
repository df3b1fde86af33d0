import { failPoints } from '@millrace/core/testing';
import type { FailPoint } from '@millrace/core';

/** Where a process ends or fails, and at which time of getting there. */
export interface ArmedFailPoint {
  readonly name: FailPoint;
  /** 1 is the first time. */
  readonly at: number;
  /** `kill`: SIGKILL, once. `throw`: an error there, at the `at`th time and never again. */
  readonly action: 'kill' | 'throw';
}

/**
 * Reads `name`, `name:n`, `name:throw` or `name:n:throw`.
 *
 * @throws RangeError for a name that no fail point has and a number that is none: a test that kills nowhere proves nothing
 */
export function parseFailPoint(text: string): ArmedFailPoint {
  const match = /^([a-z-]+)(?::([1-9]\d*))?(:throw)?$/.exec(text);
  const name = match?.[1] ?? '';
  if (match === null || !Object.hasOwn(failPoints, name)) {
    throw new RangeError(
      `MILLRACE_FAIL_POINT is ${JSON.stringify(text)}: it must be NAME, NAME:N, NAME:throw or NAME:N:throw, with a name of ` +
        Object.keys(failPoints).join(', '),
    );
  }
  return { name: name as FailPoint, at: Number(match[2] ?? 1), action: match[3] === undefined ? 'kill' : 'throw' };
}
