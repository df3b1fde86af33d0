import { leavesOf, makeCourses } from './course.js';
import type { Course } from './course.js';

/** What becomes of a learner's requests. */
export type Kind =
  | 'completes'
  | 'asks thrice' // and completes: three requests in a row, one completion
  | 'progresses'
  | 'not enrolled'
  | 'completed before'
  | 'leaf nodes missing'
  | 'course retired'
  | 'unparseable'
  | 'invalid'
  | 'not ours';

const PATTERN: readonly Kind[] = [
  'completes',
  'unparseable',
  'progresses',
  'completes',
  'not enrolled',
  'asks thrice',
  'completes',
  'invalid',
  'progresses',
  'completes',
  'completed before',
  'leaf nodes missing',
  'completes',
  'progresses',
  'course retired',
  'asks thrice',
  'completes',
  'not ours',
  'progresses',
  'completes',
];

/** One learner in one batch of one course. */
export interface Learner {
  readonly index: number;
  readonly kind: Kind;
  readonly userid: string;
  readonly courseid: string;
  readonly batchid: string;
  readonly course: Course;
  /** Status by content, as the consumption rows have it. */
  readonly consumed: ReadonlyMap<string, number | null>;
  /** Has completed the course since `completeFrom`. */
  readonly completesLater: boolean;
  /** Key of the learner's records in the input topic. */
  readonly key: string;
}

/** Time of completion of those who were complete before. */
export const COMPLETED_BEFORE = 1_700_000_000_000;

/** All learners of a row: who they are follows from their number alone, so that any amount can be asked for. */
export class Cast {
  readonly prefix: string;
  readonly courses: readonly Course[];
  /** From this place in the feed on, those who made progress have completed their course. */
  completeFrom: number | undefined;

  constructor(prefix: string) {
    this.prefix = prefix;
    this.courses = makeCourses(prefix);
  }

  learner(index: number): Learner {
    const kind = PATTERN[index % PATTERN.length]!;
    // Ids are data: some of them would break a program that pastes them into CQL, JSON or a Redis key.
    const odd = index % 11 === 0 ? `'"\\;-- {:}$(id) नमस्ते` : '';
    const userid = `${this.prefix}-learner-${String(index)}${odd}`;
    const course = this.#course(kind, index);
    const lags = (n: number): boolean => kind === 'progresses' && n > index % 3;
    const isBehind = leavesOf(course).some((leaf, n) => lags(n) && !course.optional.includes(leaf));
    const completesLater = isBehind && this.completeFrom !== undefined;
    const consumed = new Map<string, number | null>(
      leavesOf(course).map((leaf, n) => [leaf, lags(n) && !completesLater ? (n % 2 === 0 ? 1 : null) : 2]),
    );
    if (course.units.length === 0) consumed.set(`${course.id}-leaf`, 2);
    // A content that is not in the course counts for nothing and is kept in the map.
    if (index % 3 === 0) consumed.set(`${this.prefix}-elsewhere`, 2);
    const isPoison = kind === 'unparseable' || kind === 'invalid';
    return {
      index,
      kind,
      userid,
      courseid: course.id,
      batchid: `${this.prefix}-batch`,
      course,
      consumed,
      completesLater,
      key: isPoison ? `${this.prefix}-poison-${String(index % 3)}` : userid,
    };
  }

  #course(kind: Kind, index: number): Course {
    if (kind === 'leaf nodes missing') return this.courses.at(-2)!;
    if (kind === 'course retired') return this.courses.at(-1)!;
    return this.courses[index % (this.courses.length - 2)]!;
  }
}

/** Whether the learner has rows in the tables. */
export function isStored({ kind }: Learner): boolean {
  return kind !== 'not enrolled' && kind !== 'unparseable' && kind !== 'invalid' && kind !== 'not ours';
}
