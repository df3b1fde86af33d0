import { describe, expect, test } from '@jest/globals';
import { formatFailures, formatReport, mayBeMissing, mergeReports, type RunReport } from './report.js';

const failure = { file: 'packages/core/src/a.test.ts', title: 'map > adds', message: 'Expected: 1\n\nReceived: 2' };
const unit: RunReport = { passed: 3, failed: 1, skipped: 0, services: {}, notRun: [], failures: [failure] };
const integration: RunReport = {
  passed: 2,
  failed: 0,
  skipped: 3,
  services: {
    redis: {
      address: {
        name: 'redis',
        source: 'process',
        host: '127.0.0.1',
        port: 6379,
        addresses: ['127.0.0.1:6379'],
        description: 'Redis, local process 7',
      },
    },
    kafka: { unavailable: 'process: no java on PATH' },
  },
  notRun: [
    { file: 'packages/kafka/src/a.integration.test.ts', suite: 'source', title: 'not run: no kafka' },
    { file: 'packages/kafka/src/b.integration.test.ts', suite: '', title: 'not run: no kafka' },
    { file: 'packages/redis/src/c.test.ts', suite: 'sets', title: 'reads all' },
  ],
  failures: [],
};

describe('mergeReports', () => {
  test('adds counts and joins lists', () => {
    expect(mergeReports([unit, integration])).toEqual({ ...integration, passed: 5, failed: 1, failures: [failure] });
  });
});

describe('formatFailures', () => {
  test('names file and test, with the reason', () => {
    expect(formatFailures([failure, { ...failure, title: '' }]).split('\n')).toEqual([
      'FAILED packages/core/src/a.test.ts: map > adds',
      '    Expected: 1',
      '    Received: 2',
      'FAILED packages/core/src/a.test.ts: the whole file',
      '    Expected: 1',
      '    Received: 2',
    ]);
  });

  test('cuts a long reason', () => {
    const message = Array.from({ length: 25 }, (_, index) => `line ${index}`).join('\n');
    const lines = formatFailures([{ ...failure, message }]).split('\n');
    expect(lines).toHaveLength(22);
    expect(lines.at(-1)).toBe('    ... 5 more lines above');
  });

  test('says nothing where nothing failed', () => {
    expect(formatFailures([])).toBe('');
  });
});

describe('formatReport', () => {
  test('groups what was not run by reason, after the source of each service', () => {
    expect(formatReport(integration).split('\n')).toEqual([
      'service redis: Redis, local process 7 at 127.0.0.1:6379',
      'service kafka: none (process: no java on PATH)',
      'Not run: 3 entries',
      '- because of no kafka:',
      '    packages/kafka/src/a.integration.test.ts: source',
      '    packages/kafka/src/b.integration.test.ts: the whole file',
      '- because of a switch in the test itself:',
      '    packages/redis/src/c.test.ts: sets > reads all',
    ]);
  });

  test('says so when everything was run', () => {
    expect(formatReport(unit)).toBe('Everything was run.');
  });
});

describe('mayBeMissing', () => {
  test('is true for the container suite alone', () => {
    expect(integration.notRun.some(mayBeMissing)).toBe(false);
    const file = 'packages/testing/src/containers.integration.test.ts';
    expect(mayBeMissing({ file, suite: '', title: 'not run: no container runtime' })).toBe(true);
  });
});
