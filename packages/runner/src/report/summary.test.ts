import { expect, test } from '@jest/globals';
import { progressLine, stepLine } from './progress-line.js';
import { mergeCounts, renderCounts, summarize } from './summary.js';

const counts = { processed: 5, skipped: 2, failed: 1, coalesced: 2, completed: 3, certificates: 3, audits: 3 };

test('read is the sum of what became of the records, and the names have their order', () => {
  const summary = summarize(counts, 2_000, { restarts: 1, missed: 0 });
  expect(JSON.stringify(summary)).toBe(
    '{"read":10,"processed":5,"skipped":2,"failed":1,"coalesced":2,"completed":3,"certificates":3,"audits":3,' +
      '"seconds":2,"perSecond":5,"restarts":1}',
  );
});

test('records that were gone before they were read are part of the summary, where there are any', () => {
  expect(summarize(counts, 2_000, { restarts: 0, missed: 7 })).toMatchObject({ read: 10, restarts: 0, missed: 7 });
});

test('a run of no time has no rate', () => {
  expect(summarize(counts, 0, { restarts: 0, missed: 0 }).perSecond).toBe(0);
});

test('counts of several processes add up', () => {
  expect(mergeCounts([counts, counts])).toMatchObject({ processed: 10, audits: 6 });
  expect(mergeCounts([])).toEqual({ processed: 0, skipped: 0, failed: 0, coalesced: 0 });
});

test('counts are printed as one JSON line or as a table', () => {
  expect(renderCounts({ a: 1 }, 'json')).toBe('{"a":1}\n');
  expect(renderCounts({ rows: 20_000 }, 'table')).toContain('20,000');
});

test('the progress line leaves out what did not happen', () => {
  expect(progressLine({ processed: 4, skipped: 0, failed: 0, coalesced: 0 }, 2_000, '')).toBe(
    '4 settled  2/s  4 processed',
  );
  expect(progressLine(counts, 1_000, 'waiting')).toBe(
    '10 settled  10/s  5 processed  2 skipped  2 coalesced  1 failed  (waiting)',
  );
});

test('the line of load, dump and sample', () => {
  expect(stepLine(5, 20, 'rows')).toBe('rows  5 of 20  25 %');
  expect(stepLine(5, undefined, 'rows')).toBe('rows  5');
});
