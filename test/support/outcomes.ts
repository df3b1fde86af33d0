/**
 * One named enrolment for each thing that the job may do with a request. User, course and batch are named after it, so
 * that no two have anything in common, and what is to come of it is written down by hand, not computed.
 */
export interface Outcome {
  readonly name: string;
  /** contentid -> status */
  readonly consumption?: Readonly<Record<string, number | null>>;
  /** Columns of the row in user_enrolments; absent: not enrolled. */
  readonly enrolment?: Row;
  /** Rows of user_activity_agg, by activity id, that others wrote before. */
  readonly aggregates?: Readonly<Record<string, Row>>;
  /** Sets of the relation cache, by what follows the course's id. */
  readonly relations?: Readonly<Record<string, readonly string[]>>;
  /** What the search service knows of the course. */
  readonly collection?: string;
  /** @default one proper request at `REQUESTED` */
  readonly requests?: readonly { readonly timestamp: number; readonly value: string }[];
  readonly expected: {
    /** @default as loaded */
    readonly enrolment?: Row;
    /** @default as loaded */
    readonly aggregates?: Readonly<Record<string, Row>>;
    /** `completedon` that certificate request and audit event name. */
    readonly certificate?: number;
    readonly audit?: number;
    readonly failed?: {
      readonly code: string;
      readonly error: string;
      readonly stage: string;
      readonly attempts: number;
    };
  };
}

export type Row = Readonly<Record<string, unknown>>;

/** Stands in expected rows for the time of the run. */
export const NOW = 'the time of the run';
export const REQUESTED = 1_763_800_000_000;
const EARLIER = 1_763_000_000_000;

export const courseOf = (name: string): string => `course of ${name}`;
export const batchOf = (name: string): string => `batch of ${name}`;

export function requestOf(name: string, edata: Row = {}): string {
  const ids = { userId: name, courseId: courseOf(name), batchId: batchOf(name) };
  return JSON.stringify({ eid: 'BE_JOB_REQUEST', edata: { action: 'user-enrolment-sync', ...ids, ...edata } });
}

/** `COURSE` is replaced by the course's id. Contents a and b are in unit 1, c is in the course alone. */
const ABC = {
  'COURSE:leafnodes': ['a', 'b', 'c'],
  'unit 1:leafnodes': ['a', 'b'],
  'a:ancestors': ['COURSE', 'unit 1'],
  'b:ancestors': ['unit 1', 'COURSE'],
  'c:ancestors': ['COURSE'],
};
const COUNTED = (completedCount: number): Row => ({
  aggregates: { completedCount },
  agg_last_updated: { completedCount: NOW },
});
const UNDER_WAY = { active: true, status: 1, progress: 1, contentstatus: { a: 2 }, enrolled_date: EARLIER };
const ALL_DONE = { a: 2, b: 2, c: 2 };
const NOW_COMPLETE = {
  active: true,
  status: 2,
  completedon: REQUESTED,
  progress: 3,
  contentstatus: ALL_DONE,
  datetime: NOW,
  enrolled_date: EARLIER,
};
const ALL_COUNTED = { COURSE: COUNTED(3), 'unit 1': COUNTED(2) };
const TOLD = { certificate: REQUESTED, audit: REQUESTED };
/** A row of which a recompute would make something else. */
const COMPLETED = { status: 2, completedon: EARLIER, progress: 9, contentstatus: { old: 2 }, datetime: EARLIER };
const RECOMPUTED = { status: 2, completedon: EARLIER, progress: 3, contentstatus: ALL_DONE, datetime: NOW };

function missing(name: string, code: string, status: string): Outcome['expected'] {
  return {
    failed: { code, error: `no leaf nodes for ${courseOf(name)} (${status})`, stage: 'aggregate', attempts: 5 },
  };
}

/** With the configuration's defaults. */
export const byDefault: readonly Outcome[] = [
  {
    name: 'completes now',
    consumption: ALL_DONE,
    enrolment: UNDER_WAY,
    relations: ABC,
    expected: { enrolment: NOW_COMPLETE, aggregates: ALL_COUNTED, ...TOLD },
  },
  {
    name: 'stays under way',
    consumption: { a: 2, b: 1, c: 2 },
    enrolment: UNDER_WAY,
    relations: ABC,
    expected: {
      enrolment: { ...UNDER_WAY, progress: 2, contentstatus: { a: 2, b: 1, c: 2 }, datetime: NOW },
      aggregates: { COURSE: COUNTED(2), 'unit 1': COUNTED(1) },
    },
  },
  {
    name: 'null, 0, 3 and -1 are no completed content',
    consumption: { a: null, b: 3, c: 2, d: 0, e: -1 },
    enrolment: {},
    relations: ABC,
    expected: {
      enrolment: { status: 1, progress: 1, contentstatus: { a: 1, b: 3, c: 2, d: 0, e: -1 }, datetime: NOW },
      aggregates: { COURSE: COUNTED(1), 'unit 1': COUNTED(0) },
    },
  },
  {
    name: 'contents outside the course count for nothing',
    consumption: { ...ALL_DONE, outside: 2 },
    enrolment: { status: 0, active: false },
    relations: { ...ABC, 'outside:ancestors': ['unit elsewhere'], 'unit elsewhere:leafnodes': ['outside', 'other'] },
    expected: {
      enrolment: {
        active: false,
        status: 2,
        completedon: REQUESTED,
        progress: 3,
        contentstatus: { ...ALL_DONE, outside: 2 },
        datetime: NOW,
      },
      aggregates: { ...ALL_COUNTED, 'unit elsewhere': COUNTED(1) },
      ...TOLD,
    },
  },
  {
    name: 'optional contents are not required',
    consumption: { a: 2, b: 0, c: 2 },
    enrolment: UNDER_WAY,
    relations: { ...ABC, 'COURSE:optionalnodes': ['b', 'unknown'], 'unit 1:optionalnodes': ['a', 'b'] },
    expected: {
      enrolment: { ...NOW_COMPLETE, progress: 2, contentstatus: { a: 2, b: 0, c: 2 } },
      aggregates: { COURSE: COUNTED(2), 'unit 1': COUNTED(0) },
      ...TOLD,
    },
  },
  {
    name: 'an optional unit alone changes nothing for its leaves',
    consumption: { c: 2 },
    enrolment: UNDER_WAY,
    relations: { ...ABC, 'COURSE:optionalnodes': ['unit 1'] },
    expected: {
      enrolment: { ...UNDER_WAY, progress: 1, contentstatus: { c: 2 }, datetime: NOW },
      aggregates: { COURSE: COUNTED(1) },
    },
  },
  {
    name: 'all optional, one done',
    consumption: { a: 1, b: 2 },
    enrolment: UNDER_WAY,
    relations: { 'COURSE:leafnodes': ['a', 'b'], 'COURSE:optionalnodes': ['a', 'b'] },
    expected: {
      enrolment: { ...NOW_COMPLETE, progress: 0, contentstatus: { a: 1, b: 2 } },
      aggregates: { COURSE: COUNTED(0) },
      ...TOLD,
    },
  },
  {
    name: 'all optional, none done',
    consumption: { a: 1, outside: 2 },
    enrolment: UNDER_WAY,
    relations: { 'COURSE:leafnodes': ['a', 'b'], 'COURSE:optionalnodes': ['a', 'b'] },
    expected: {
      enrolment: { ...UNDER_WAY, progress: 0, contentstatus: { a: 1, outside: 2 }, datetime: NOW },
      aggregates: { COURSE: COUNTED(0) },
    },
  },
  {
    name: 'aggregates of others stay',
    consumption: { a: 2 },
    enrolment: UNDER_WAY,
    aggregates: {
      COURSE: {
        aggregates: { completedCount: 7, 'score:x': 2.5 },
        agg_last_updated: { completedCount: EARLIER, 'score:x': EARLIER },
        agg_details: ['{"x":1}'],
      },
      'unit 1': { aggregates: { completedCount: 2 }, agg_last_updated: { completedCount: EARLIER } },
    },
    relations: { ...ABC, 'unit 1:leafnodes': [] },
    expected: {
      enrolment: { ...UNDER_WAY, datetime: NOW },
      aggregates: {
        COURSE: {
          aggregates: { completedCount: 1, 'score:x': 2.5 },
          agg_last_updated: { completedCount: NOW, 'score:x': EARLIER },
          agg_details: ['{"x":1}'],
        },
        // Its leaf nodes are missing: not set to 0.
        'unit 1': { aggregates: { completedCount: 2 }, agg_last_updated: { completedCount: EARLIER } },
      },
    },
  },
  {
    name: 'an old completedon of a row that is not completed is replaced',
    consumption: ALL_DONE,
    enrolment: { ...UNDER_WAY, completedon: EARLIER },
    relations: ABC,
    expected: { enrolment: NOW_COMPLETE, aggregates: ALL_COUNTED, ...TOLD },
  },
  {
    name: 'of two requests the first names the completion',
    consumption: ALL_DONE,
    enrolment: UNDER_WAY,
    relations: ABC,
    requests: [REQUESTED, REQUESTED - 5].map((timestamp) => ({
      timestamp,
      value: requestOf('of two requests the first names the completion'),
    })),
    expected: { enrolment: NOW_COMPLETE, aggregates: ALL_COUNTED, ...TOLD },
  },
  {
    name: 'action in other letters, byte order mark, unknown fields',
    consumption: ALL_DONE,
    enrolment: UNDER_WAY,
    relations: ABC,
    requests: [
      {
        timestamp: REQUESTED,
        value: `\uFEFF ${requestOf('action in other letters, byte order mark, unknown fields', { action: 'USER-Enrolment-sync', x: [1] })}\n`,
      },
    ],
    expected: { enrolment: NOW_COMPLETE, aggregates: ALL_COUNTED, ...TOLD },
  },
  { name: 'nothing consumed', enrolment: UNDER_WAY, relations: ABC, expected: {} },
  { name: 'not enrolled', consumption: ALL_DONE, relations: ABC, expected: {} },
  { name: 'completed before', consumption: ALL_DONE, enrolment: COMPLETED, relations: ABC, expected: {} },
  {
    name: 'completed before, at no time',
    consumption: ALL_DONE,
    enrolment: { status: 2 },
    relations: ABC,
    expected: {},
  },
  {
    name: 'completed by this very request',
    consumption: { a: 1 },
    enrolment: { ...COMPLETED, completedon: REQUESTED, issued_certificates: [{ name: 'x' }] },
    relations: ABC,
    expected: TOLD,
  },
  {
    name: 'for another job',
    consumption: ALL_DONE,
    enrolment: UNDER_WAY,
    relations: ABC,
    requests: [{ timestamp: REQUESTED, value: requestOf('for another job', { action: 'batch-enrolment-sync' }) }],
    expected: {},
  },
  {
    name: 'no leaf nodes, live',
    enrolment: UNDER_WAY,
    collection: 'Live',
    expected: missing('no leaf nodes, live', 'ERR_LEAF_NODES_MISSING', 'Live'),
  },
  {
    name: 'no leaf nodes, unlisted',
    consumption: ALL_DONE,
    enrolment: UNDER_WAY,
    collection: 'Unlisted',
    expected: missing('no leaf nodes, unlisted', 'ERR_LEAF_NODES_MISSING', 'Unlisted'),
  },
  {
    name: 'no leaf nodes, retired',
    consumption: ALL_DONE,
    enrolment: UNDER_WAY,
    collection: 'Retired',
    expected: missing('no leaf nodes, retired', 'ERR_COLLECTION_RETIRED', 'Retired'),
  },
  {
    name: 'no leaf nodes, a draft',
    consumption: ALL_DONE,
    enrolment: UNDER_WAY,
    collection: 'Draft',
    expected: missing('no leaf nodes, a draft', 'ERR_COLLECTION_UNKNOWN', 'unknown to the search service'),
  },
  {
    name: 'no leaf nodes, unknown',
    consumption: ALL_DONE,
    enrolment: UNDER_WAY,
    relations: { 'a:ancestors': ['COURSE'], 'COURSE:optionalnodes': ['a'] },
    expected: missing('no leaf nodes, unknown', 'ERR_COLLECTION_UNKNOWN', 'unknown to the search service'),
  },
  {
    name: 'a blank id',
    requests: [{ timestamp: REQUESTED, value: requestOf('a blank id', { courseId: '\u00a0' }) }],
    expected: {
      failed: { code: 'ERR_INVALID_EVENT', error: 'edata.courseId is blank', stage: 'deserialize', attempts: 1 },
    },
  },
];

/** With `activity.filter.processed.enrolments` false. */
export const withoutFilter: readonly Outcome[] = [
  {
    name: 'completed before and still',
    consumption: ALL_DONE,
    enrolment: COMPLETED,
    relations: ABC,
    expected: { enrolment: RECOMPUTED, aggregates: ALL_COUNTED, certificate: EARLIER, audit: EARLIER },
  },
  {
    name: 'completed before and no more',
    consumption: { a: 2 },
    enrolment: COMPLETED,
    relations: ABC,
    expected: {
      enrolment: { status: 1, completedon: EARLIER, progress: 1, contentstatus: { a: 2 }, datetime: NOW },
      aggregates: { COURSE: COUNTED(1), 'unit 1': COUNTED(1) },
    },
  },
  {
    name: 'completed before, at no time, and still',
    consumption: ALL_DONE,
    enrolment: { status: 2 },
    relations: ABC,
    expected: { enrolment: { ...RECOMPUTED, completedon: REQUESTED }, aggregates: ALL_COUNTED, ...TOLD },
  },
  {
    name: 'completed by this very request, filter off',
    consumption: ALL_DONE,
    enrolment: { ...COMPLETED, completedon: REQUESTED },
    relations: ABC,
    expected: TOLD,
  },
  {
    name: 'completed by the first of two requests',
    consumption: ALL_DONE,
    enrolment: COMPLETED,
    relations: ABC,
    requests: [EARLIER, REQUESTED].map((timestamp) => ({
      timestamp,
      value: requestOf('completed by the first of two requests'),
    })),
    expected: { enrolment: RECOMPUTED, aggregates: ALL_COUNTED, certificate: EARLIER, audit: EARLIER },
  },
];

/** With `activity.certificate.recovery` true. */
export const withRecovery: readonly Outcome[] = [
  { name: 'certificate never came', enrolment: COMPLETED, expected: { certificate: EARLIER } },
  {
    name: 'certificate never came, empty lists',
    enrolment: { ...COMPLETED, issued_certificates: [], certificates: null },
    expected: { enrolment: COMPLETED, certificate: EARLIER },
  },
  { name: 'certificate issued', enrolment: { ...COMPLETED, issued_certificates: [{ id: '1' }] }, expected: {} },
  { name: 'older certificate', enrolment: { ...COMPLETED, certificates: [{ id: '1' }] }, expected: {} },
  { name: 'completed at no time', enrolment: { status: 2 }, expected: {} },
  {
    name: 'completed by this very request, recovery',
    enrolment: { ...COMPLETED, completedon: REQUESTED },
    expected: TOLD,
  },
];

/** With `activity.module.aggs.enabled` false. */
export const withoutUnits: readonly Outcome[] = [
  {
    name: 'no aggregates of units',
    consumption: ALL_DONE,
    enrolment: UNDER_WAY,
    relations: ABC,
    expected: { enrolment: NOW_COMPLETE, aggregates: { COURSE: COUNTED(3) }, ...TOLD },
  },
];

/** With the configuration's defaults; its row is written under a timestamp of tomorrow before the job runs. */
export const writtenTomorrow: Outcome = {
  name: 'row written under a timestamp of tomorrow',
  consumption: ALL_DONE,
  enrolment: UNDER_WAY,
  relations: ABC,
  expected: { enrolment: NOW_COMPLETE, aggregates: ALL_COUNTED, ...TOLD },
};
