import { isDeepStrictEqual } from 'node:util';
import { checkFailed, codeOf } from './check-failed.js';
import type { ExpectedFailure, FailedInputs } from './check-failed.js';
import { auditOf, certificateOf } from './events.js';
import type { Cast, Learner } from './learner.js';
import { enrolmentKey } from './observed.js';
import type { Observed, ReadRecord } from './observed.js';
import { nameOf } from './record-name.js';
import { sequenceOf } from './requests.js';
import type { PlannedRecord } from './requests.js';
import {
  aggregatesAfter,
  aggregatesBefore,
  enrolmentAfter,
  enrolmentBefore,
  isComplete,
  isRecomputed,
} from './tables.js';
import { Verdict } from './verdict.js';

/** What may differ from an undisturbed run. */
export interface CheckOptions {
  /** Codes with which any request may have failed, because of the fault: its failed event accounts for it. */
  readonly mayFail?: readonly string[];
  /** true: aggregates of those who complete later are not judged. */
  readonly aggregatesMayBeOlder?: boolean;
  /**
   * Records that the row put into the input besides the feed: the code that a record must fail with, null for one that
   * must be skipped, undefined for one that the row knows nothing of.
   */
  readonly others?: (input: ReadRecord) => string | null | undefined;
}

/** A learner's records of the input topic, in the order of their partition. */
interface Asked {
  readonly learner: Learner;
  readonly inputs: ReadRecord[];
}

/** Everything that was asked, and what became of it. `pool`: how many learners have rows in the tables. */
export function check(
  cast: Cast,
  pool: number,
  planned: readonly PlannedRecord[],
  observed: Observed,
  options: CheckOptions = {},
): Verdict {
  const verdict = new Verdict();
  verdict.records = observed.inputs.length;
  checkCommitted(observed, verdict);
  const asked = new Map<number, Asked>();
  const expected = sortInputs(planned, observed, options, asked, verdict);
  const failed = checkFailed(expected, observed.failed, options.mayFail ?? [], verdict);
  const certificates = byKey(observed.certificates, verdict, 'certificate');
  const audits = byKey(observed.audits, verdict, 'audit event');
  for (let index = 0; index < pool; index += 1) {
    const learner = cast.learner(index);
    const inputs = countingInputs(learner, asked.get(index)?.inputs ?? [], cast);
    const completion = checkTables(learner, inputs, failed, observed, options, verdict);
    const outputs = [
      ['certificate', certificates, certificateOf],
      ['audit event', audits, auditOf],
    ] as const;
    for (const [what, records, expected] of outputs) {
      checkOutput(what, learner, completion, records.get(learner.userid) ?? [], expected, verdict);
      records.delete(learner.userid);
    }
  }
  for (const key of [...certificates.keys(), ...audits.keys()]) verdict.isWrong(`an output for ${key}, who is nobody`);
  return verdict;
}

function checkCommitted({ committed, ends }: Observed, verdict: Verdict): void {
  for (const [partition, end] of ends) {
    const at = committed.get(partition) ?? 0;
    if (at < end) verdict.isLost(`partition ${String(partition)} is committed up to ${String(at)} of ${String(end)}`);
    if (at > end) verdict.isWrong(`partition ${String(partition)} is committed beyond its end: ${String(at)}`);
  }
}

/**
 * Which learner each record of the topic belongs to; what was planned must be there.
 *
 * @returns what must become of each record
 */
function sortInputs(
  planned: readonly PlannedRecord[],
  { inputs }: Observed,
  { others }: CheckOptions,
  asked: Map<number, Asked>,
  verdict: Verdict,
): readonly ExpectedFailure[] {
  const expected: ExpectedFailure[] = [];
  const seen = new Set<number>();
  for (const input of inputs) {
    const other = others?.(input);
    if (other !== undefined) {
      expected.push({ input, what: 'a record of the row', code: other });
      continue;
    }
    const sequence = sequenceOf(input.value ?? '');
    const learner = sequence === undefined ? undefined : planned[sequence]?.learner;
    if (sequence === undefined || learner === undefined) {
      verdict.isWrong(`${nameOf(input)} was not planned: ${input.value ?? 'null'}`);
      continue;
    }
    seen.add(sequence);
    const entry = asked.get(learner.index) ?? { learner, inputs: [] };
    entry.inputs.push(input);
    asked.set(learner.index, entry);
    expected.push({ input, what: learner.kind, code: codeOf(learner.kind) });
  }
  for (const { sequence } of planned) {
    if (!seen.has(sequence))
      verdict.isLost(`request ${String(sequence)} is not in the input topic (the feeder lost it)`);
  }
  return expected;
}

/** Of those who completed their course later, the requests from then on. */
function countingInputs(learner: Learner, inputs: readonly ReadRecord[], cast: Cast): readonly ReadRecord[] {
  const from = cast.completeFrom;
  if (from === undefined || !learner.completesLater) return inputs;
  return inputs.filter(({ value }) => (sequenceOf(value ?? '') ?? -1) >= from);
}

/** @returns time of the completion that must have been told of */
function checkTables(
  learner: Learner,
  inputs: readonly ReadRecord[],
  failed: FailedInputs,
  { enrolments, aggregates }: Observed,
  { aggregatesMayBeOlder = false }: CheckOptions,
  verdict: Verdict,
): number | undefined {
  const { userid, courseid, batchid } = learner;
  const row = enrolments.get(enrolmentKey(userid, courseid, batchid));
  // Order of a key: all that was asked is settled in the name of the first request that did not fail.
  const first = inputs.find((input) => !failed.has(nameOf(input)));
  const isDone = isRecomputed(learner) && first !== undefined;
  const time = first?.timestamp ?? Number.NaN;
  // A request that failed may have got as far as a part of its writes.
  const mayBePartial = !isDone && isRecomputed(learner) && inputs.length > 0;
  const expectedRow = isDone ? enrolmentAfter(learner, time) : enrolmentBefore(learner);
  const expectedAggregates = isDone ? aggregatesAfter(learner) : aggregatesBefore(learner);
  const name = `${learner.kind}, learner ${String(learner.index)}`;
  if (!mayBePartial && !isDeepStrictEqual(row, expectedRow)) {
    verdict.isWrong(`enrolment of ${name}: ${JSON.stringify(row)} instead of ${JSON.stringify(expectedRow)}`);
  }
  const found = aggregates.get(userid) ?? {};
  const isJudged = !mayBePartial && !(aggregatesMayBeOlder && learner.completesLater);
  if (isJudged && !isDeepStrictEqual(found, expectedAggregates)) {
    const expected = JSON.stringify(expectedAggregates);
    verdict.isWrong(`aggregates of ${name}: ${JSON.stringify(found)} instead of ${expected}`);
  }
  return isDone && isComplete(learner) ? time : undefined;
}

function checkOutput(
  what: string,
  learner: Learner,
  completion: number | undefined,
  records: readonly ReadRecord[],
  expected: (learner: Learner, completedon: number) => object,
  verdict: Verdict,
): void {
  const name = `${what} of ${learner.kind}, learner ${String(learner.index)}`;
  if (completion === undefined) {
    for (const record of records) verdict.isWrong(`${name} that should not be: ${record.value ?? 'null'}`);
    return;
  }
  const [first, ...again] = records;
  if (first === undefined) {
    verdict.isLost(name);
    return;
  }
  if (!isDeepStrictEqual(parsed(first.value), expected(learner, completion))) {
    verdict.isWrong(`${name}: ${first.value ?? 'null'}`);
  }
  for (const record of again) {
    if (record.value === first.value) verdict.duplicates += 1;
    else verdict.isWrong(`${name} came again and was not the same: ${record.value ?? 'null'}`);
  }
}

function byKey(records: readonly ReadRecord[], verdict: Verdict, what: string): Map<string, ReadRecord[]> {
  const groups = new Map<string, ReadRecord[]>();
  for (const record of records) {
    if (record.key === null) verdict.isWrong(`${what} without a key: ${record.value ?? 'null'}`);
    else groups.set(record.key, [...(groups.get(record.key) ?? []), record]);
  }
  return groups;
}

function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
