import { canonical } from './dumps.js';
import type { Dump, OutputRecord } from './dumps.js';

type Row = Readonly<Record<string, unknown>>;

/** Everything that is there of one enrolment after a run, apart from the times of writing. */
export interface Effects {
  readonly enrolment: Row | undefined;
  /** completedCount by activity. */
  readonly counts: Readonly<Record<string, number>>;
  /** `completedon` that certificate requests and audit events name. */
  readonly certificates: readonly number[];
  readonly audits: readonly number[];
  /** Codes of failed events. */
  readonly failed: readonly string[];
}

export interface Ids {
  readonly userId: string;
  readonly courseId: string;
  readonly batchId: string;
}

/** What a dump shows of an enrolment. User ids must be used once each. */
export function effectsOn({ userId, courseId, batchId }: Ids, dump: Dump): Effects {
  const enrolment = dump.enrolments.find(
    (row) => row['userid'] === userId && row['courseid'] === courseId && row['batchid'] === batchId,
  );
  const { datetime: _datetime, ...rest } = enrolment ?? {};
  const counts: Record<string, number> = {};
  for (const row of dump.aggregates) {
    const count = (row['aggregates'] as Record<string, number> | undefined)?.['completedCount'];
    if (row['user_id'] === userId && count !== undefined) counts[String(row['activity_id'])] = count;
  }
  return {
    enrolment: enrolment === undefined ? undefined : rest,
    counts,
    certificates: timesOf(dump.certificates, userId),
    audits: timesOf(dump.audit, userId),
    failed: valuesOf(dump.failed, userId).map((value) => (value as { failInfo: { code: string } }).failInfo.code),
  };
}

function valuesOf(records: readonly OutputRecord[], userId: string): unknown[] {
  return records.filter(({ key }) => key === userId).map(({ value }) => JSON.parse(value ?? '') as unknown);
}

/** Each once: outputs may be repeated byte by byte. */
function timesOf(records: readonly OutputRecord[], userId: string): readonly number[] {
  return [...new Set(valuesOf(records, userId).map((value) => (value as { ets: number }).ets))];
}

/** Columns of the enrolment that differ, in the order of their names. */
export function changedColumns(before: Effects, after: Effects): readonly string[] {
  const columns = new Set([...Object.keys(before.enrolment ?? {}), ...Object.keys(after.enrolment ?? {})]);
  const differs = (column: string): boolean =>
    canonical(before.enrolment?.[column] ?? null) !== canonical(after.enrolment?.[column] ?? null);
  return [...columns].filter(differs).sort();
}

interface Content {
  readonly id: string;
  readonly status: number | null;
}

/** The parts of `explain --format json` that say what a request does. */
export interface Explained {
  readonly request: {
    readonly outcome: string;
    readonly rule: string;
    readonly text: string;
    readonly certificate: boolean;
    readonly audit: boolean;
    readonly completedon: number | null;
    readonly completed: number | null;
    readonly failure: { readonly code: string } | null;
    readonly changes: readonly string[];
  };
  readonly contents: {
    readonly course: { readonly required: readonly Content[]; readonly optional: readonly Content[] } | null;
    readonly outside: readonly Content[];
    readonly counts: readonly { readonly activityId: string; readonly computed: number | null }[];
  };
}

/** What will be there of an enrolment after the request, by what `explain` says. */
export function effectsToCome({ request, contents }: Explained, before: Effects): Effects {
  const { outcome, certificate, audit, completedon, completed, failure } = request;
  const computes = outcome === 'completes' || outcome === 'under-way';
  const told = completedon === null ? [] : [completedon];
  return {
    enrolment: computes
      ? {
          ...before.enrolment,
          status: outcome === 'completes' ? 2 : 1,
          progress: completed,
          contentstatus: contentStatusOf(contents),
          ...(outcome === 'completes' ? { completedon } : {}),
        }
      : before.enrolment,
    counts: computes ? { ...before.counts, ...computedCounts(contents) } : before.counts,
    certificates: certificate ? told : [],
    audits: audit ? told : [],
    failed: failure === null ? [] : [failure.code],
  };
}

function contentStatusOf({ course, outside }: Explained['contents']): Row {
  const all = [...(course?.required ?? []), ...(course?.optional ?? []), ...outside];
  return Object.fromEntries(all.filter(({ status }) => status !== null).map(({ id, status }) => [id, status]));
}

function computedCounts({ counts }: Explained['contents']): Record<string, number> {
  return Object.fromEntries(counts.map(({ activityId, computed }) => [activityId, computed ?? Number.NaN]));
}
