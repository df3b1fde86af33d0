import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { StateBackend } from '../state/state-backend.js';
import type { ConformanceCase } from './conformance-case.js';
import { ManualClock } from './manual-clock.js';
import { TwoInputOperatorHarness } from './operator-harness.js';
import { randomOperatorSteps, runOperatorPlan } from './operator-plan.js';
import type { Kept } from './operator-model.js';
import type { OperatorStep, PlanItem, PlanSubject } from './operator-plan.js';
import { ALL_SCENARIOS } from './all-scenarios.js';
import { SCENARIO_SIDE } from './operator-scenarios.js';
import type { OperatorScenario } from './operator-scenarios.js';

const PLANS = 4;
const STEPS = 60;

/** Operators with timers, joins and broadcast state over a backend: random plans with restarts, as naive models say. */
export function operatorPlanCases(create: () => Promise<StateBackend>): readonly ConformanceCase[] {
  return ALL_SCENARIOS.map((scenario) => ({
    name: `${scenario.name} as a naive model says, over random elements, time and restarts`,
    run: async () => {
      const backend = await create();
      try {
        for (let seed = 1; seed <= PLANS; seed += 1) {
          await agreesWithModel(scenario, randomOperatorSteps(seed, STEPS), backend);
        }
      } finally {
        await backend.close?.();
      }
    },
  }));
}

/** @throws AssertionError where operator and model differ in output, entries of state, or timers */
export async function agreesWithModel(
  scenario: OperatorScenario,
  steps: readonly OperatorStep[],
  stateBackend: StateBackend,
): Promise<void> {
  const model = scenario.model();
  await runOperatorPlan(steps, model);
  const subject = new HarnessSubject(scenario, stateBackend);
  await subject.open();
  try {
    await runOperatorPlan(steps, subject);
    const comparable = (said: readonly string[]): readonly string[] => (model.isOrdered ? said : [...said].sort());
    assert.deepEqual(
      { said: comparable(subject.said), side: comparable(subject.side) },
      { said: comparable(model.said), side: comparable(model.side) },
    );
    if (model.left !== undefined) assert.deepEqual(subject.left(), model.left);
    if (model.leftAtEnd === undefined) return;
    await subject.endInput();
    assert.deepEqual(subject.left(), model.leftAtEnd);
  } finally {
    await subject.close();
  }
}

/** The operator in a harness; a restart is a checkpoint, and another harness that claims the state. */
class HarnessSubject implements PlanSubject {
  readonly said: string[] = [];
  readonly side: string[] = [];
  readonly #scenario: OperatorScenario;
  readonly #stateBackend: StateBackend;
  readonly #jobName = `conformance-${randomUUID()}`;
  readonly #clock = new ManualClock();
  #harness!: TwoInputOperatorHarness<PlanItem, PlanItem, string>;

  constructor(scenario: OperatorScenario, stateBackend: StateBackend) {
    this.#scenario = scenario;
    this.#stateBackend = stateBackend;
  }

  async open(): Promise<void> {
    this.#harness = await TwoInputOperatorHarness.forStreams(this.#scenario.build, {
      jobName: this.#jobName,
      clock: this.#clock,
      stateBackend: this.#stateBackend,
    });
    await this.#take();
  }

  async element(input: 1 | 2, item: PlanItem): Promise<void> {
    if (input === 1) await this.#harness.processElement1(item, item.value);
    else await this.#harness.processElement2(item, item.value);
    await this.#take();
  }

  async watermark(input: 1 | 2, timestamp: number): Promise<void> {
    if (input === 1) await this.#harness.processWatermark1(timestamp);
    else await this.#harness.processWatermark2(timestamp);
    await this.#take();
  }

  async advance(ms: number): Promise<void> {
    await this.#harness.advance(ms);
    await this.#take();
  }

  async restart(): Promise<void> {
    await this.#harness.snapshot();
    await this.close();
    await this.open();
  }

  async endInput(): Promise<void> {
    await this.#harness.endInput();
    await this.#take();
  }

  /** What is kept now. */
  left(): Kept {
    return {
      entries: this.#harness.numKeyedStateEntries(),
      eventTimeTimers: this.#harness.numEventTimeTimers(),
      processingTimeTimers: this.#harness.numProcessingTimeTimers(),
    };
  }

  async close(): Promise<void> {
    await this.#harness.close();
  }

  async #take(): Promise<void> {
    await this.#harness.settled();
    assert.deepEqual(this.#harness.failures, []);
    this.said.push(...this.#harness.output());
    this.side.push(...this.#harness.sideOutput(SCENARIO_SIDE));
    this.#harness.clearOutput();
  }
}
