import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { SampleOptions } from '@millrace/runner';
import type { CourseKind, SampleCourse } from './course.js';
import { courseRelations, makeCourse, SampleIds } from './course.js';
import { makeEnrolment, SAMPLE_BEGIN } from './enrolment.js';
import { LineFile } from './line-file.js';
import type { Random } from './random.js';
import { seededRandom } from './random.js';
import { strayRequest, syncEvent } from './request.js';

const DEFAULT_USERS = 2_000;
const DEFAULT_COURSES = 50;
const DEFAULT_SEED = 20_250_106;
const ENROLMENTS_PER_USER = 5;
/**
 * No second press right behind the first among these first requests: the job begins with them at once, so that it would
 * depend on the machine whether the two are coalesced. Further on both wait in line, and always are.
 */
const FIRST_REQUESTS = 1_000;
/** Learners of a course without leaf nodes. Few: each of their requests waits for the relation cache. */
const ODD_COURSE_LEARNERS = 5;
/** Users whose requests are mixed with each other; bounds the memory. */
const ROUND = 2_000;

/** A request before it has a time. */
interface Planned {
  readonly userId: string;
  readonly courseId: string;
  readonly batchId: string;
}

type Files = Record<'consumption' | 'enrolments' | 'aggregates' | 'relations' | 'collections' | 'requests', LineFile>;

/**
 * Writes a data set as real ones look. The same options give the same bytes, on every machine and every day.
 *
 * Courses have two to five units; some share contents or have optional ones. Of ten or more courses one is retired, one
 * has lost its leaf nodes and one is unknown to the search service. About half of the enrolments are complete by their
 * consumption rows; their own rows are stale, completed before (with and without a certificate), or missing. Some
 * requests are broken, incomplete, or not for this job.
 */
export async function writeSample(options: SampleOptions): Promise<void> {
  const random = seededRandom(options.seed ?? DEFAULT_SEED);
  const users = options.users ?? DEFAULT_USERS;
  await mkdir(options.out, { recursive: true });
  const open = (name: string): LineFile => new LineFile(join(options.out, `${name}.jsonl`));
  const files: Files = {
    consumption: open('consumption'),
    enrolments: open('enrolments'),
    aggregates: open('aggregates'),
    relations: open('relations'),
    collections: open('collections'),
    requests: open('requests'),
  };
  try {
    const courses = await writeCourses(random, options.courses ?? DEFAULT_COURSES, files);
    const clock = new RequestClock(random);
    for (let first = 0; first < users; first += ROUND) {
      const count = Math.min(ROUND, users - first);
      const planned = await writeUsers(random, count, courses, first === 0, files, (done) => {
        options.progress(first + done, users, 'users');
      });
      await writeRequests(random, clock, planned, files.requests);
    }
  } finally {
    await Promise.all(Object.values(files).map((file) => file.close()));
  }
}

async function writeCourses(random: Random, count: number, files: Files): Promise<readonly SampleCourse[]> {
  const ids = new SampleIds();
  const shared = Array.from({ length: 12 }, () => ids.content());
  const odd: CourseKind[] = count >= 10 ? ['retired', 'cache-missing', 'unknown'] : [];
  const courses: SampleCourse[] = [];
  for (let index = 0; index < count; index += 1) {
    // The odd ones stand at the end.
    const course = makeCourse(random, ids, odd[index - (count - odd.length)] ?? 'normal', shared);
    courses.push(course);
    for (const relation of courseRelations(course)) await files.relations.add(relation);
    if (course.kind !== 'unknown') {
      const status = course.kind === 'retired' ? 'Retired' : random.chance(0.9) ? 'Live' : 'Unlisted';
      await files.collections.add({ identifier: course.id, status });
    }
  }
  return courses;
}

async function writeUsers(
  random: Random,
  count: number,
  courses: readonly SampleCourse[],
  withOddCourses: boolean,
  files: Files,
  progress: (done: number) => void,
): Promise<Planned[]> {
  const normal = courses.filter((course) => course.kind === 'normal');
  const odd = withOddCourses ? courses.filter((course) => course.kind !== 'normal') : [];
  const planned: Planned[] = [];
  for (let user = 0; user < count; user += 1) {
    const userId = random.uuid();
    const taken = random.sample(normal, ENROLMENTS_PER_USER);
    // The first few learners are in the odd courses too.
    const extra = odd.filter((_, index) => user % odd.length === index && user < odd.length * ODD_COURSE_LEARNERS);
    for (const course of [...taken, ...extra])
      planned.push(await writeEnrolment(random, userId, course, courses, files));
    if ((user + 1) % 100 === 0 || user + 1 === count) progress(user + 1);
  }
  return planned;
}

async function writeEnrolment(
  random: Random,
  userId: string,
  course: SampleCourse,
  courses: readonly SampleCourse[],
  files: Files,
): Promise<Planned> {
  const other = courses[random.between(0, courses.length - 1)]?.leaves[0] ?? course.id;
  const enrolment = makeEnrolment(random, userId, course, other);
  for (const row of enrolment.consumption) await files.consumption.add(row);
  if (enrolment.row !== undefined) await files.enrolments.add(enrolment.row);
  for (const row of enrolment.aggregates) await files.aggregates.add(row);
  return { userId, courseId: course.id, batchId: enrolment.batchid };
}

/**
 * Every enrolment's request in an order of their own, then all once more in the same order: learners press the button
 * again some days later. The two are further apart than the job reads ahead, so that its counts do not depend on its
 * speed. Some press twice at once; some of the later requests are broken or meant for others.
 */
async function writeRequests(random: Random, clock: RequestClock, planned: Planned[], file: LineFile): Promise<void> {
  const inOrder = random.sample(planned, planned.length);
  for (const [index, request] of [...inOrder, ...inOrder].entries()) {
    const isStray = index >= inOrder.length && random.chance(0.02);
    await writeRequest(random, request, isStray, clock.next(), file);
    if (index >= FIRST_REQUESTS && random.chance(0.05)) {
      await writeRequest(random, request, isStray, clock.next(), file);
    }
  }
}

async function writeRequest(
  random: Random,
  request: Planned,
  isStray: boolean,
  at: number,
  file: LineFile,
): Promise<void> {
  if (isStray) await file.add(strayRequest(random, request.userId, at));
  else await file.add({ key: request.userId, value: syncEvent(random, request, at), timestamp: at });
}

/** A request every 20 s on average, never two in one millisecond. */
class RequestClock {
  readonly #random: Random;
  #now = SAMPLE_BEGIN;

  constructor(random: Random) {
    this.#random = random;
  }

  next(): number {
    this.#now += this.#random.between(1, 40_000);
    return this.#now;
  }
}
