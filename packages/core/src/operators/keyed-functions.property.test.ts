import { describe, test } from '@jest/globals';
import fc from 'fast-check';
import { MemoryStateBackend } from '@millrace/core';
import { agreesWithModel } from '../testing/operator-plan-cases.js';
import { OPERATOR_PLAN_KEYS, OPERATOR_PLAN_VALUES } from '../testing/operator-plan.js';
import type { OperatorStep } from '../testing/operator-plan.js';
import { ALL_SCENARIOS } from '../testing/all-scenarios.js';

/** Of each; with more, and another seed each time, it finds what few do not. */
const RUNS = Number(process.env['MILLRACE_PROPERTY_RUNS'] ?? 25);

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

/** Brings what waits for event time. */
const CLOSING: readonly OperatorStep[] = [
  { do: 'watermark1', by: 20 },
  { do: 'watermark2', by: 20 },
];
const SCENARIOS = ALL_SCENARIOS.map((scenario) => [scenario.name, scenario] as const);

// The same operators run on every backend: see the conformance suite of state backends.
describe.each([
  ['in memory', false],
  ['larger than memory', true],
])('flink 1.2-1.5: as naive models, over random streams, time and restarts, state %s', (_, isLargerThanMemory) => {
  test.each(SCENARIOS)(
    '%s',
    async (_name, scenario) => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 30 }), (steps) =>
          agreesWithModel(scenario, steps, new MemoryStateBackend({ isLargerThanMemory })),
        ),
        { numRuns: RUNS },
      );
    },
    120_000,
  );
});

describe('flink 1.2-1.5: as naive models, out of order, restarted at every place', () => {
  test.each(SCENARIOS)(
    '%s',
    async (_name, scenario) => {
      const steps = fc.array(step, { minLength: 6, maxLength: 9 });
      await fc.assert(
        fc.asyncProperty(steps, fc.boolean(), async (steps, isLargerThanMemory) => {
          for (let at = 0; at <= steps.length; at += 1) {
            const restarted = [...steps.slice(0, at), { do: 'restart' } as const, ...steps.slice(at), ...CLOSING];
            await agreesWithModel(scenario, restarted, new MemoryStateBackend({ isLargerThanMemory }));
          }
        }),
        { numRuns: Math.ceil(RUNS / 8) },
      );
    },
    120_000,
  );
});
