import { expect, test } from '@jest/globals';
import { OperatorHarness } from '@millrace/core/testing';

import { cassandraLookup } from './lookup.js';

test('emits what is made of each element and its rows', async () => {
  const asked: unknown[] = [];
  const lookup = cassandraLookup<string, string>({
    session: {
      all: (statement, params, options) => {
        asked.push([statement, params, options]);
        return Promise.resolve(params[0] === 'ann' ? [{ city: 'Pune' }, { city: 'Goa' }] : []);
      },
    },
    statement: 'SELECT city FROM people WHERE name = ?',
    toParams: (name) => [name],
    combine: (name, rows) => rows.map((row) => `${name}: ${String(row['city'])}`),
    execute: { consistency: 'LOCAL_ONE' },
  });
  const harness = await OperatorHarness.forAsync(lookup, { mode: 'ordered' });
  await harness.processElement('ann');
  await harness.processElement('bob');
  expect(harness.output()).toEqual(['ann: Pune', 'ann: Goa']);
  expect(asked[0]).toEqual(['SELECT city FROM people WHERE name = ?', ['ann'], { consistency: 'LOCAL_ONE' }]);
});

test('an error is the operator’s to judge', async () => {
  const broken = cassandraLookup<string, string>({
    session: { all: () => Promise.reject(new Error('no host available')) },
    statement: 'SELECT 1',
    toParams: () => [],
    combine: () => [],
  });
  const harness = await OperatorHarness.forAsync(broken);
  await harness.processElement('x');
  expect(String(harness.failures[0])).toContain('no host available');
});
