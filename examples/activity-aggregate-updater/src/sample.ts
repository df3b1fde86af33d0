import { courseRelations, makeCourse, SampleIds, seededRandom, writeDataset } from '@millrace/reconciliation/parts';
import type { SampleOptions } from '@millrace/runner';

const BEGIN = Date.UTC(2026, 2, 2, 4, 30);

/**
 * Writes a data set: courses, enrolments without progress, and an event for each content that a learner completes. Every
 * other learner completes the course. One event in eight is sent twice, one learner's course has lost its leaf nodes,
 * one event is broken and one is for another job.
 */
export async function writeSample({ out, users = 200, courses = 8, seed = 7, progress }: SampleOptions): Promise<void> {
  const random = seededRandom(seed);
  const ids = new SampleIds();
  const normal = Array.from({ length: courses }, () => makeCourse(random, ids, 'normal', [ids.content()]));
  const lost = makeCourse(random, ids, 'cache-missing', [ids.content()]);
  const enrolments: object[] = [];
  const events: { readonly key: string; readonly value: string; readonly timestamp: number }[] = [];
  let now = BEGIN;
  const event = (
    userid: string,
    courseid: string,
    batchid: string,
    contents: readonly object[],
    action?: string,
  ): void => {
    now += random.between(1, 20_000);
    events.push({ key: userid, value: updateEvent(userid, courseid, batchid, contents, now, action), timestamp: now });
    if (random.chance(0.125)) events.push({ ...(events.at(-1) as (typeof events)[number]), timestamp: (now += 1) });
  };
  for (let user = 0; user < users; user += 1) {
    const userid = `learner-${String(user)}`;
    const course = user === 0 ? lost : (normal[user % normal.length] ?? lost);
    const [batchid] = course.batches;
    enrolments.push({ userid, courseid: course.id, batchid, status: 0, active: true });
    const done = user % 2 === 1 ? course.leaves : course.leaves.slice(0, Math.ceil(course.leaves.length / 2));
    for (const contentId of done) {
      const begun = course.leaves.find((id) => !done.includes(id));
      const other = begun === undefined ? [] : [{ contentId: begun, status: 1 }];
      event(userid, course.id, batchid, [{ contentId, status: 2 }, ...other]);
    }
    progress(user + 1, users, 'learners');
  }
  event('learner-0', lost.id, lost.batches[0], [], 'batch-enrolment-sync');
  events.push({ key: 'learner-0', value: '{"edata":', timestamp: now });
  const relations = [...normal, lost].flatMap((course) => courseRelations(course));
  const collections = [...normal, lost].map(({ id }) => ({ identifier: id, status: 'Live' }));
  await writeDataset(out, { enrolments, relations, collections, requests: events });
}

function updateEvent(
  userId: string,
  courseId: string,
  batchId: string,
  contents: readonly object[],
  ets: number,
  action = 'batch-enrolment-update',
): string {
  return JSON.stringify({
    eid: 'BE_JOB_REQUEST',
    ets,
    mid: `LP.${String(ets)}.${userId}`,
    actor: { type: 'System', id: 'Course Batch Updater' },
    context: { pdata: { ver: '1.0', id: 'org.sunbird.platform' } },
    object: { type: 'CourseBatchEnrolment', id: `${batchId}_${userId}` },
    edata: { contents, action, iteration: 1, batchId, userId, courseId },
  });
}
