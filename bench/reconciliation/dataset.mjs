// The data of the benchmark: every request is of an enrolment of its own and asks for a whole recompute. A course has 20
// contents in 3 units, 12 of them required; a learner has a consumption row for each; every second one is complete.
import { mkdirSync, openSync, writeSync, closeSync } from 'node:fs';
import { join } from 'node:path';

const COURSES = 50;
const CONTENTS = 20;
const REQUIRED = 12;
const UNITS = 3;
/** 6 January 2025, 04:30 UTC; one request a second. */
const BEGIN = Date.UTC(2025, 0, 6, 4, 30);

const courseId = (course) => `do_2131410000${String(100_000 + course)}1000`;
const batchId = (course) => `013142000000${String(1_000_000 + course)}`;
const contentId = (course, content) => `do_2131420000${String(100_000 + course)}${String(1_000 + content)}`;
const unitId = (course, unit) => `do_2131430000${String(100_000 + course)}${String(1_000 + unit)}`;
const userId = (user) =>
  `${String(user).padStart(8, '0')}-5f1c-4d6e-9a2b-${String((user * 7_919) % 1e12).padStart(12, '0')}`;
const indices = (count) => Array.from({ length: count }, (_, index) => index);

/** Ids of the enrolment that request `index` is about. */
export function enrolmentOf(index) {
  const course = index % COURSES;
  return { userId: userId(index), courseId: courseId(course), batchId: batchId(course) };
}

/** Whether the enrolment is complete by its consumption rows. The first is not: its settlement is one write. */
const isComplete = (index) => index % 2 === 1;

/** Relations and consumption: what no run changes. */
export function writeWorld(folder, requests) {
  mkdirSync(folder, { recursive: true });
  writeLines(join(folder, 'relations.jsonl'), relations());
  writeLines(join(folder, 'consumption.jsonl'), consumption(requests));
}

/** Enrolments as they are before a run. */
export function writeEnrolments(folder, requests) {
  mkdirSync(folder, { recursive: true });
  writeLines(join(folder, 'enrolments.jsonl'), enrolments(requests));
}

export function writeRequests(folder, requests) {
  mkdirSync(folder, { recursive: true });
  writeLines(join(folder, 'requests.jsonl'), requestLines(requests));
}

function* relations() {
  for (const course of indices(COURSES)) {
    const key = (id, kind) => `${courseId(course)}:${id}:${kind}`;
    const optional = indices(CONTENTS).slice(REQUIRED);
    const members = (contents) => contents.map((content) => contentId(course, content));
    yield { key: key(courseId(course), 'leafnodes'), members: members(indices(CONTENTS)) };
    yield { key: key(courseId(course), 'optionalnodes'), members: members(optional) };
    for (const unit of indices(UNITS)) {
      const below = indices(CONTENTS).filter((content) => content % UNITS === unit);
      yield { key: key(unitId(course, unit), 'leafnodes'), members: members(below) };
      yield {
        key: key(unitId(course, unit), 'optionalnodes'),
        members: members(below.filter((id) => optional.includes(id))),
      };
    }
    for (const content of indices(CONTENTS)) {
      const above = [unitId(course, content % UNITS), courseId(course)];
      yield { key: key(contentId(course, content), 'ancestors'), members: above };
    }
  }
}

function* consumption(requests) {
  for (const index of indices(requests)) {
    const course = index % COURSES;
    const { userId: userid, courseId: courseid, batchId: batchid } = enrolmentOf(index);
    for (const content of indices(CONTENTS)) {
      const status = isComplete(index) || content % 4 !== 0 ? 2 : 1;
      yield { userid, courseid, batchid, contentid: contentId(course, content), status };
    }
  }
}

function* enrolments(requests) {
  for (const index of indices(requests)) {
    const { userId: userid, courseId: courseid, batchId: batchid } = enrolmentOf(index);
    const enrolled = BEGIN - (20 + (index % 180)) * 86_400_000;
    yield { userid, courseid, batchid, active: true, enrolled_date: enrolled, status: 1, progress: 3 };
  }
}

function* requestLines(requests) {
  for (const index of indices(requests)) {
    const ids = enrolmentOf(index);
    const at = BEGIN + index * 1_000;
    const value = JSON.stringify({
      eid: 'BE_JOB_REQUEST',
      ets: at,
      mid: `LP.${at}.2f5d8a1e-6a0f-4a5e-9d53-${String(index).padStart(12, '0')}`,
      actor: { type: 'System', id: 'Course Batch Updater' },
      context: { pdata: { ver: '1.0', id: 'org.sunbird.platform' } },
      object: { type: 'CourseBatchEnrolment', id: `${ids.batchId}_${ids.userId}` },
      edata: { action: 'user-enrolment-sync', iteration: 1, ...ids },
    });
    yield { key: ids.userId, value, timestamp: at };
  }
}

function writeLines(file, lines) {
  const descriptor = openSync(file, 'w');
  let text = '';
  for (const line of lines) {
    text += `${JSON.stringify(line)}\n`;
    if (text.length > 1_000_000) {
      writeSync(descriptor, text);
      text = '';
    }
  }
  writeSync(descriptor, text);
  closeSync(descriptor);
}
