import { OPERATOR_SCENARIOS } from './operator-scenarios.js';
import type { OperatorScenario } from './operator-scenarios.js';
import { WINDOW_JOIN_SCENARIOS } from './windows/window-join-scenarios.js';
import { WINDOW_SCENARIOS } from './windows/window-scenarios.js';

/** Every operator with state that is compared with a naive model, on every backend. */
export const ALL_SCENARIOS: readonly OperatorScenario[] = [
  ...OPERATOR_SCENARIOS,
  ...WINDOW_SCENARIOS,
  ...WINDOW_JOIN_SCENARIOS,
];
