import { nameOf } from './record-name.js';
import type { Kind } from './learner.js';
import type { ReadRecord } from './observed.js';
import type { Verdict } from './verdict.js';

/** Input records that have their failed event. */
export interface FailedInputs {
  has(name: string): boolean;
}

const CODES: Partial<Record<Kind, string>> = {
  'leaf nodes missing': 'ERR_LEAF_NODES_MISSING',
  'course retired': 'ERR_COLLECTION_RETIRED',
  unparseable: 'ERR_UNPARSEABLE_EVENT',
  invalid: 'ERR_INVALID_EVENT',
};

interface FailInfo {
  readonly code: string;
  readonly stage: string;
  readonly partition: number;
  readonly offset: string;
}

/** A record of the input and the code that it must fail with; null: none. */
export interface ExpectedFailure {
  readonly input: ReadRecord;
  /** What it is, for people. */
  readonly what: string;
  readonly code: string | null;
}

export function codeOf(kind: Kind): string | null {
  return CODES[kind] ?? null;
}

/** Each request that had to fail has its failed event, with the right code; no other has one; their order is kept. */
export function checkFailed(
  expectations: readonly ExpectedFailure[],
  records: readonly ReadRecord[],
  mayFail: readonly string[],
  verdict: Verdict,
): FailedInputs {
  const found = collect(records, verdict);
  const known = new Set<string>();
  for (const { input, what, code: expected } of expectations) {
    const name = nameOf(input);
    known.add(name);
    const codes = found.get(name)?.map(({ code }) => code) ?? [];
    if (expected !== null && codes.length === 0) verdict.isLost(`failed event of ${what}, ${name}`);
    const wrong = codes.filter((code) => code !== expected && !mayFail.includes(code));
    for (const code of wrong)
      verdict.isWrong(`${what}, ${name} failed with ${code}, not with ${expected ?? 'anything'}`);
    verdict.duplicates += Math.max(0, codes.length - 1);
  }
  for (const name of found.keys()) {
    if (!known.has(name)) verdict.isWrong(`a failed event for ${name}, which is not in the input`);
  }
  checkOrder(records, verdict);
  return found;
}

function collect(records: readonly ReadRecord[], verdict: Verdict): Map<string, FailInfo[]> {
  const found = new Map<string, FailInfo[]>();
  for (const record of records) {
    const info = failInfoOf(record);
    if (info === undefined) verdict.isWrong(`a failed event that cannot be read: ${record.value ?? 'null'}`);
    else found.set(nameOf(info), [...(found.get(nameOf(info)) ?? []), info]);
  }
  return found;
}

/** Of one key, what one stage refused comes in the order of the input; repetitions left aside. */
function checkOrder(records: readonly ReadRecord[], verdict: Verdict): void {
  const last = new Map<string, number>();
  const seen = new Set<string>();
  for (const record of records) {
    const info = failInfoOf(record);
    if (info?.stage !== 'deserialize' || seen.has(nameOf(info))) continue;
    seen.add(nameOf(info));
    const line = `${record.key ?? 'null'} from ${String(info.partition)} to ${String(record.partition)}`;
    const before = last.get(line) ?? -1;
    const offset = Number(info.offset);
    if (offset < before)
      verdict.isWrong(`failed events of key ${line} out of order: ${String(offset)} after ${String(before)}`);
    last.set(line, Math.max(before, offset));
  }
}

function failInfoOf({ value }: ReadRecord): FailInfo | undefined {
  try {
    return (JSON.parse(value ?? '') as { failInfo?: FailInfo }).failInfo;
  } catch {
    return undefined;
  }
}
