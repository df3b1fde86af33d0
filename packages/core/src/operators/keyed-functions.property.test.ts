import { describe, test } from '@jest/globals';
import fc from 'fast-check';
import { MemoryStateBackend } from '@millrace/core';
import { agreesWithModel } from '../testing/operator-plan-cases.js';
import { OPERATOR_PLAN_KEYS, OPERATOR_PLAN_VALUES } from '../testing/operator-plan.js';
import type { OperatorStep } from '../testing/operator-plan.js';
import { OPERATOR_SCENARIOS } from '../testing/operator-scenarios.js';

const step: fc.Arbitrary<OperatorStep> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('first' as const, 'second' as const),
      key: fc.constantFrom(...OPERATOR_PLAN_KEYS),
      value: fc.nat(OPERATOR_PLAN_VALUES - 1),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('watermark1' as const, 'watermark2' as const, 'advance' as const),
      by: fc.nat(9),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
);

// The same operators run on every backend: see the conformance suite of state backends.
describe.each([
  ['in memory', false],
  ['larger than memory', true],
])('flink 1.2-1.4: as naive models, over random streams, time and restarts, state %s', (_, isLargerThanMemory) => {
  test.each(OPERATOR_SCENARIOS.map((scenario) => [scenario.name, scenario] as const))('%s', async (_name, scenario) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), (steps) =>
        agreesWithModel(scenario, steps, new MemoryStateBackend({ isLargerThanMemory })),
      ),
      { numRuns: 60 },
    );
  });
});
