import { nameOf } from './record-name.js';
import type { Kind, Learner } from './learner.js';
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

/** Each request that had to fail has its failed event, with the right code; no other has one; their order is kept. */
export function checkFailed(
  asked: Iterable<{ readonly learner: Learner; readonly inputs: readonly ReadRecord[] }>,
  records: readonly ReadRecord[],
  mayFail: readonly string[],
  verdict: Verdict,
): FailedInputs {
  const found = collect(records, verdict);
  const allowed = new Map<string, Learner>();
  for (const { learner, inputs } of asked) {
    for (const input of inputs) {
      allowed.set(nameOf(input), learner);
      const expected = CODES[learner.kind];
      const codes = found.get(nameOf(input))?.map(({ code }) => code) ?? [];
      if (expected !== undefined && codes.length === 0)
        verdict.isLost(`failed event of ${learner.kind}, ${nameOf(input)}`);
      const others = codes.filter((code) => code !== expected && !mayFail.includes(code));
      for (const code of others) verdict.isWrong(`${learner.kind}, ${nameOf(input)} failed with ${code}`);
      verdict.duplicates += Math.max(0, codes.length - 1);
    }
  }
  for (const name of found.keys()) {
    if (!allowed.has(name)) verdict.isWrong(`a failed event for ${name}, which is not in the input`);
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
