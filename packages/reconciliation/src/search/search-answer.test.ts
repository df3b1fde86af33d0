import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { SearchError } from './errors.js';
import { statusInAnswer } from './search-answer.js';

const answer = (result: unknown): string => JSON.stringify({ responseCode: 'OK', result });

describe('statusInAnswer', () => {
  test('reads the answer of a real service', () => {
    const body = readFileSync(new URL('../../fixtures/events/search-response.json', import.meta.url), 'utf8');
    expect(statusInAnswer(body, 'do_X')).toBe('Retired');
  });

  test.each([
    ['count 0 without content', { count: 0 }],
    ['count 0 with an empty list', { count: 0, content: [] }],
    ['count 0 with null', { count: 0, content: null }],
    ['a status that was not asked for', { count: 1, content: [{ identifier: 'do_X', status: 'Draft' }] }],
  ])('%s is none of the three', (_name, result) => {
    expect(statusInAnswer(answer(result), 'do_X')).toBeUndefined();
  });

  test('an entry without identifier is believed', () => {
    expect(statusInAnswer(answer({ count: 1, content: [{ status: 'Live' }] }), 'do_X')).toBe('Live');
  });

  test.each([
    ['no JSON', '<html>'],
    ['null', 'null'],
    ['no result', '{}'],
    ['no count', answer({ content: [] })],
    ['a count in quotes', answer({ count: '1', content: [{ status: 'Live' }] })],
    ['a count without content', answer({ count: 1 })],
    ['an empty list where one is counted', answer({ count: 1, content: [] })],
    ['no status', answer({ count: 1, content: [{ identifier: 'do_X' }] })],
    ['another collection', answer({ count: 1, content: [{ identifier: 'do_Y', status: 'Live' }] })],
    ['inherited names', '{"result":{"__proto__":{"count":0}}}'],
  ])('%s is nonsense', (_name, body) => {
    expect(() => statusInAnswer(body, 'do_X')).toThrow(SearchError);
  });
});
