import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { seededRandom } from '@millrace/reconciliation/parts';
import type { SampleOptions } from '@millrace/runner';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** 2026-03-02, a Monday, 04:30 UTC. */
const BEGIN = Date.UTC(2026, 2, 2, 4, 30);

/**
 * Writes `events.jsonl`: a school day of learners, each of whom works on some courses in sittings with pauses between.
 * Phones send what they have when they are online: one event in fifty comes minutes late, one in five hundred hours.
 */
export async function writeSample({ out, users = 500, courses = 8, seed = 7, progress }: SampleOptions): Promise<void> {
  const random = seededRandom(seed);
  const below = (limit: number): number => random.between(0, limit - 1);
  const events: { readonly sentAt: number; readonly key: string; readonly value: string }[] = [];
  for (let user = 0; user < users; user += 1) {
    const userid = `learner-${String(user)}`;
    for (let sitting = 0, at = BEGIN + below(4 * HOUR_MS); sitting < 1 + below(3); sitting += 1) {
      const courseid = `course-${String(below(courses))}`;
      for (let step = 0; step < 3 + below(20); step += 1) {
        at += 10_000 + below(5 * MINUTE_MS);
        const value = JSON.stringify({ userid, courseid, contentid: `content-${String(below(12))}`, ets: at });
        const delay = random.chance(0.002) ? 3 * HOUR_MS : random.chance(0.02) ? below(10 * MINUTE_MS) : below(20_000);
        events.push({ sentAt: at + delay, key: userid, value });
      }
      at += 40 * MINUTE_MS + below(2 * HOUR_MS);
    }
    progress(user + 1, users, 'learners');
  }
  events.sort((a, b) => a.sentAt - b.sentAt);
  const bad = { sentAt: BEGIN, key: 'learner-0', value: '{"userid":"learner-0"}' };
  const lines = [bad, ...events].map(({ sentAt, key, value }) => JSON.stringify({ key, value, timestamp: sentAt }));
  await mkdir(out, { recursive: true });
  await writeFile(join(out, 'events.jsonl'), `${lines.join('\n')}\n`);
}
