import { expect, test } from '@jest/globals';
import { assertFits } from '../framework/planting.js';
import { defectNames } from './defects.mjs';

// The rows that plant them run at full length only: nobody else notices that the text of the program has changed.
test.each(defectNames)('"%s" fits the built program in exactly one place', (name) => {
  expect(() => assertFits(name)).not.toThrow();
});
