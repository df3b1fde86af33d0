import { expect, test } from '@jest/globals';
import { v5 } from 'uuid';
import { nameUuid } from './name-uuid.js';

const NAMESPACE = '7d8f1c52-3b0e-5c6a-9f43-2a6f0c1be9d4';

test.each(['', 'a', '["sid","ä ü","\u{1F600}","\\u0000","1"]', 'x'.repeat(5_000)])(
  'as the library gives it: %j',
  (name) => {
    expect(nameUuid(name, NAMESPACE)).toBe(v5(name, NAMESPACE));
    expect(nameUuid(name, v5.URL)).toBe(v5(name, v5.URL));
  },
);
