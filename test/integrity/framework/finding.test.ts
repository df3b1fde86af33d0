import { expect, test } from '@jest/globals';
import { Finding, isFinding } from './finding.js';

function thrownBy(work: () => void): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

test('what a row waits for or expects in vain says something of the job, what the row itself stumbles over does not', () => {
  expect(isFinding(new Finding('not so within 120000 ms: it recovers'))).toBe(true);
  expect(isFinding(thrownBy(() => expect({ code: 0 }).toEqual({ code: 3 })))).toBe(true);
  expect(isFinding(thrownBy(() => expect(61).toBeLessThanOrEqual(60)))).toBe(true);
  expect(isFinding(new Error('connect ECONNREFUSED 127.0.0.1:9042'))).toBe(false);
  expect(isFinding(thrownBy(() => (undefined as unknown as { kill(): void }).kill()))).toBe(false);
  expect(isFinding(undefined)).toBe(false);
});
