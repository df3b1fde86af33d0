import type { Random } from './random.js';
import type { SampleCourse } from './course.js';

/** 6 January 2025, 04:30 UTC: requests begin here. In the past for everybody who runs the sample. */
export const SAMPLE_BEGIN = Date.UTC(2025, 0, 6, 4, 30);
const DAY_MS = 86_400_000;

export interface SampleEnrolment {
  readonly userid: string;
  readonly course: SampleCourse;
  readonly batchid: string;
  readonly consumption: readonly object[];
  /** Undefined: the enrolment has no row. */
  readonly row: object | undefined;
  readonly aggregates: readonly object[];
}

type Progress = 'complete' | 'partial' | 'none';

/**
 * An enrolment as the platform left it. The consumption rows are right; the enrolment row is stale (that is what the
 * job is for), right, or completed long ago.
 */
export function makeEnrolment(random: Random, userid: string, course: SampleCourse, extra: string): SampleEnrolment {
  const batchid = random.pick(course.batches);
  const progress: Progress = random.chance(0.5) ? 'complete' : random.chance(0.95) ? 'partial' : 'none';
  const statuses = contentStatuses(random, course, progress, extra);
  const ids = { userid, courseid: course.id, batchid };
  const enrolled = SAMPLE_BEGIN - random.between(20, 200) * DAY_MS;
  const consumption = [...statuses].map(([contentid, status]) => consumptionRow(random, ids, contentid, status));
  const completed = [...statuses].filter(([, status]) => status === 2).map(([contentid]) => contentid);
  const required = course.leaves.filter((leaf) => !course.optional.has(leaf));
  const count = required.filter((leaf) => completed.includes(leaf)).length;
  const base = { ...ids, active: true, enrolled_date: enrolled };
  const fate = random.next();
  if (fate < 0.01) return { userid, course, batchid, consumption, row: undefined, aggregates: [] };
  if (progress === 'complete' && fate < 0.12) {
    return { userid, course, batchid, consumption, row: completedRow(random, base, statuses, count), aggregates: [] };
  }
  // Behind by a few contents; the row of a learner who just began has no progress at all.
  const seen = Math.max(0, count - random.between(0, 4));
  const row = {
    ...base,
    status: seen === 0 ? 0 : 1,
    ...(seen === 0 ? {} : { progress: seen, contentstatus: contentStatus([...statuses].slice(0, seen)) }),
    datetime: enrolled + DAY_MS,
  };
  return { userid, course, batchid, consumption, row, aggregates: olderAggregates(random, ids, seen, enrolled) };
}

interface Ids {
  readonly userid: string;
  readonly courseid: string;
  readonly batchid: string;
}

function contentStatuses(
  random: Random,
  course: SampleCourse,
  progress: Progress,
  extra: string,
): Map<string, number | null> {
  const statuses = new Map<string, number | null>();
  if (progress === 'none') return statuses;
  for (const leaf of course.leaves) {
    if (progress === 'complete') {
      if (!course.optional.has(leaf) || random.chance(0.5)) statuses.set(leaf, 2);
    } else if (random.chance(0.7)) {
      statuses.set(leaf, random.chance(0.75) ? 2 : random.chance(0.05) ? null : random.between(0, 1));
    }
  }
  // A content that has left the course since: it counts for nothing.
  if (random.chance(0.1)) statuses.set(extra, 2);
  return statuses;
}

function consumptionRow(random: Random, ids: Ids, contentid: string, status: number | null): object {
  const row = { ...ids, contentid, status };
  if (!random.chance(0.3)) return row;
  return { ...row, viewcount: random.between(1, 9), completedcount: status === 2 ? 1 : 0 };
}

/** The map cannot hold null; a null status counts as 1. */
function contentStatus(statuses: readonly [string, number | null][]): Record<string, number> {
  return Object.fromEntries(statuses.map(([contentid, status]) => [contentid, status ?? 1]));
}

/** Completed before: with its certificate, or still without. */
function completedRow(random: Random, base: Ids, statuses: ReadonlyMap<string, number | null>, count: number): object {
  const completedon = SAMPLE_BEGIN - random.between(1, 19) * DAY_MS - random.between(0, DAY_MS);
  const certificate = {
    identifier: random.uuid(),
    lastIssuedOn: new Date(completedon + 3_600_000).toISOString(),
    name: 'Course completion certificate',
    token: random.uuid().slice(0, 6).toUpperCase(),
  };
  return {
    ...base,
    status: 2,
    completedon,
    progress: count,
    contentstatus: contentStatus([...statuses]),
    datetime: completedon,
    ...(random.chance(0.7) ? { issued_certificates: [certificate] } : {}),
  };
}

/** Rows with the keys of other jobs beside ours: a score, its maximum, the attempts. */
function olderAggregates(random: Random, ids: Ids, seen: number, enrolled: number): readonly object[] {
  if (!random.chance(0.2)) return [];
  const assessment = `do_2131499999${String(random.between(10_000_000_000, 99_999_999_999))}`;
  const at = enrolled + 2 * DAY_MS;
  const maximum = random.between(5, 30);
  const score = random.between(0, maximum);
  return [
    {
      activity_type: 'Course',
      activity_id: ids.courseid,
      user_id: ids.userid,
      context_id: `cb:${ids.batchid}`,
      aggregates: {
        completedCount: seen,
        [`score:${assessment}`]: score,
        [`max_score:${assessment}`]: maximum,
        [`attempts_count:${assessment}`]: 1,
      },
      agg_last_updated: { completedCount: at, [`score:${assessment}`]: at, [`max_score:${assessment}`]: at },
      agg_details: [
        JSON.stringify({ attempt_id: random.uuid().replaceAll('-', ''), score, max_score: maximum, type: 'attempt' }),
      ],
    },
  ];
}
