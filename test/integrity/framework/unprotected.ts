import { stripVTControlCharacters } from 'node:util';
import { isFinding } from './finding.js';
import { assertFits, plantEverywhere } from './planting.js';
import { writeUnprotected } from './table.js';

/** What a row's promise rests on: a defect of `planted/defects.mjs` that takes it away, or why there is none. */
export type Protection = string | { readonly none: string };

/** A loaded machine starts a process in half a minute; what has not come after this will not come. */
const LONGEST_WAIT_MS = 120_000;
/** Nobody is left who could do what is waited for: a process that is to be started next is not so long in coming. */
export const ALL_ENDED_MS = 20_000;

/** Whether this run takes away what the rows rest on, and expects each of them to fail. */
export function isUnprotected(env: NodeJS.ProcessEnv = process.env): boolean {
  return env['MILLRACE_INTEGRITY_UNPROTECTED'] === '1';
}

/** How long to wait for what should come: less where a finding is what is wanted. */
export function patience(limitMs: number): number {
  return isUnprotected() ? Math.min(limitMs, LONGEST_WAIT_MS) : limitMs;
}

/**
 * Runs the body of a row with its protection taken away in every process of the job.
 *
 * @param isUnderWay whether the row had come to what it is about when its body ended
 * @throws when it passes all the same: then the row does not test what it says; when it failed of something else than
 *   what it tests; when it names no protection
 */
export async function expectToFail(
  name: string,
  protection: Protection | undefined,
  body: () => Promise<void>,
  isUnderWay: () => boolean,
): Promise<void> {
  if (protection === undefined) {
    writeUnprotected(name, 'NONE', undefined);
    throw new Error(`"${name}" names no protection`);
  }
  if (typeof protection !== 'string') {
    writeUnprotected(name, protection.none, undefined);
    return;
  }
  assertFits(protection);
  plantEverywhere(protection);
  let failure: unknown = PASSED;
  try {
    await body();
  } catch (error) {
    failure = error;
  } finally {
    plantEverywhere(undefined);
  }
  if (failure === PASSED) {
    writeUnprotected(name, protection, 'NOTHING');
    throw new Error(`"${name}" passes with "${protection}"`);
  }
  const obstacle = obstacleOf(failure, isUnderWay());
  writeUnprotected(name, protection, [...obstacle, findingIn(failure)].join(': '));
  if (obstacle.length > 0) {
    throw new Error(`"${name}" was not tested with "${protection}": ${obstacle.join()}`, { cause: failure });
  }
}

const PASSED = Symbol('passed');

/** Why an error of a row is no finding. */
function obstacleOf(failure: unknown, isUnderWay: boolean): readonly string[] {
  if (!isUnderWay) return ['FAILED BEFORE IT WAS UNDER WAY'];
  return isFinding(failure) ? [] : ['FAILED BY ITSELF'];
}

/** The lines of an error that say something, as one: without colours, logs and stack. */
export function findingIn(error: unknown): string {
  const text = stripVTControlCharacters(error instanceof Error ? error.message : String(error));
  const [told = ''] = text.split(/^--- process/m);
  const lines = told.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '' && !/^i\w+:$/.test(line)).join(' | ');
}
