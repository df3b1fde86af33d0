import { readFileSync } from 'node:fs';
import { join } from 'node:path';

type Row = Readonly<Record<string, unknown>>;

export interface OutputRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly key?: string | null;
  readonly keyBase64?: string;
  readonly value?: string | null;
  readonly valueBase64?: string;
  readonly headers?: Readonly<Record<string, unknown>>;
}

/** What `dump` wrote. */
export interface Dump {
  readonly enrolments: readonly Row[];
  readonly aggregates: readonly Row[];
  readonly certificates: readonly OutputRecord[];
  readonly audit: readonly OutputRecord[];
  readonly failed: readonly OutputRecord[];
}

/** The lines of NAME.jsonl. */
export function readLines<T>(folder: string, name: string): T[] {
  return readFileSync(join(folder, `${name}.jsonl`), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}

export function readDump(folder: string): Dump {
  const read = <T>(name: string): T[] => readLines<T>(folder, name);
  return {
    enrolments: read('enrolments'),
    aggregates: read('aggregates'),
    certificates: read('certificates'),
    audit: read('audit'),
    failed: read('failed'),
  };
}

/** The tables without what differs from run to run: the times at which they were written. */
export function tablesOf(dump: Dump): { enrolments: readonly string[]; aggregates: readonly string[] } {
  return {
    enrolments: withoutColumns(dump.enrolments, 'datetime'),
    aggregates: withoutColumns(dump.aggregates, 'agg_last_updated'),
  };
}

/** Rows as texts that are equal where the rows are, without some of their columns. */
export function withoutColumns(rows: readonly Row[], ...columns: readonly string[]): readonly string[] {
  return rows.map((row) =>
    canonical(Object.fromEntries(Object.entries(row).filter(([column]) => !columns.includes(column)))),
  );
}

/** Values of a topic as a sorted set of texts. */
export function valuesOf(records: readonly OutputRecord[]): readonly string[] {
  return [...new Set(records.map((record) => String(record.value)))].sort();
}

/** Failed events as a sorted set, without what may differ between two logs. */
export function failedOf(dump: Pick<Dump, 'failed'>): readonly string[] {
  const texts = dump.failed.map((record) => {
    const value = JSON.parse(String(record.value)) as { failInfo: Record<string, unknown> };
    const { error: _error, partition: _partition, offset: _offset, topic: _topic, ...failInfo } = value.failInfo;
    return canonical({ key: record.key ?? record.keyBase64 ?? null, ...value, failInfo });
  });
  return [...new Set(texts)].sort();
}

/** Input records that the failed events name, as `partition/offset`, sorted, each once. */
export function failedInputs(dump: Dump): readonly string[] {
  const names = dump.failed.map((record) => {
    const { failInfo } = JSON.parse(String(record.value)) as { failInfo: { partition: number; offset: string } };
    return `${String(failInfo.partition)}/${failInfo.offset}`;
  });
  return [...new Set(names)].sort();
}

/** JSON text with the keys of every object in order, so that equal values have equal texts. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}
