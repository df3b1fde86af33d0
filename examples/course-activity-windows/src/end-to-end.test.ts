import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = process.cwd();
const place = mkdtempSync(join(tmpdir(), 'millrace-course-activity-test-'));
const job = join(root, 'examples', 'course-activity-windows');

function millrace(...args: readonly string[]): string {
  const bin = join(root, 'packages', 'runner', 'bin', 'millrace.mjs');
  return execFileSync(process.execPath, [bin, ...args, '--log-level', 'warn'], { encoding: 'utf8' });
}

interface Event {
  readonly userid: string;
  readonly courseid: string;
  readonly ets: number;
}

const lines = <T>(file: string): T[] =>
  readFileSync(join(place, file), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);

let events: Event[];
let summary: Record<string, number>;
beforeAll(() => {
  millrace('sample', job, '--out', join(place, 'data'), '--users', '60');
  millrace('load', job, '--dataset', join(place, 'data'), '--embedded', join(place, 'store'));
  const run = ['run', job, '--embedded', join(place, 'store'), '--until-drained', '--summary', 'json'];
  summary = JSON.parse(millrace(...run)) as Record<string, number>;
  millrace('dump', job, '--embedded', join(place, 'store'), '--out', join(place, 'out'));
  events = lines<{ value: string }>('data/events.jsonl')
    .map(({ value }) => JSON.parse(value) as Partial<Event>)
    .filter((event): event is Event => event.ets !== undefined);
}, 120_000);
afterAll(() => {
  rmSync(place, { recursive: true, force: true });
});

describe('on the embedded default', () => {
  test('every event is read once; what is none is in the failed topic', () => {
    expect(summary).toMatchObject({ read: events.length + 1, processed: events.length, failed: 1 });
    expect(lines('out/dev.course.consumption.failed.jsonl')).toHaveLength(1);
  });

  test('sessions are those of a naive model, as far as event time has come', () => {
    const rows = lines<{ userid: string; courseid: string; started: string; ended: string; events: number }>(
      'out/learner_sessions.jsonl',
    );
    expect(rows.length).toBeGreaterThan(20);
    const gap = 30 * 60_000;
    for (const { userid, courseid, started, ended } of rows) {
      const [from, to] = [Date.parse(started), Date.parse(ended)];
      const own = events
        .filter((event) => event.userid === userid && event.courseid === courseid)
        .map(({ ets }) => ets)
        .filter((ets) => ets >= from && ets <= to)
        .sort((a, b) => a - b);
      expect([own[0], own.at(-1)]).toEqual([from, to]);
      expect(own.every((ets, index) => index === 0 || ets - own[index - 1]! <= gap)).toBe(true);
    }
  });

  test('counts of courses are those of the events of the hour that were in time', () => {
    const rows = lines<{ courseid: string; window_start: string; events: number }>('out/course_activity.jsonl');
    const late = lines<{ value: string }>('out/dev.course.consumption.late.jsonl').map(
      ({ value }) => JSON.parse(value) as { courseId: string; ets: number },
    );
    expect(rows.length).toBeGreaterThan(10);
    for (const { courseid, window_start: begin, events: counted } of rows) {
      const start = Date.parse(begin);
      const isIn = (ets: number): boolean => ets >= start && ets < start + 3_600_000;
      const all = events.filter((event) => event.courseid === courseid && isIn(event.ets)).length;
      const missed = late.filter(({ courseId, ets }) => courseId === courseid && isIn(ets)).length;
      expect([courseid, begin, counted]).toEqual([courseid, begin, all - missed]);
    }
  });
});
