import type { DataStream } from '../../api/data-stream.js';
import { EventTimeSessionWindows } from '../../windowing/assigners/session-windows.js';
import { SlidingEventTimeWindows } from '../../windowing/assigners/sliding-windows.js';
import { TumblingEventTimeWindows } from '../../windowing/assigners/tumbling-windows.js';
import type { TaggedUnion } from '../../windowing/tagged-window-operator.js';
import type { TimeWindow } from '../../windowing/time-window.js';
import type { WindowAssigner } from '../../windowing/window-assigner.js';
import type { PlanItem } from '../operator-plan.js';
import { keyOf } from '../operator-scenarios.js';
import type { OperatorScenario } from '../operator-scenarios.js';
import * as naive from './naive-triggers.js';
import type { NaiveAssigner, Pane } from './naive-windows.js';
import { WindowModel } from './window-model.js';
import type { InputItem } from './window-model.js';

type Assigner = WindowAssigner<TaggedUnion<PlanItem, PlanItem>, TimeWindow>;
type Streams = readonly [first: DataStream<PlanItem>, second: DataStream<PlanItem>];

const LATENESS = 3;
const sides = (lefts: Iterable<number>, rights: Iterable<number>): string =>
  [lefts, rights].map((side) => [...side].sort((a, b) => a - b).join('+')).join('|');
const of = (input: 1 | 2, items: readonly InputItem[]): InputItem[] => items.filter((item) => item.input === input);

const JOINS = {
  'window join': {
    build: ([first, second]: Streams, assigner: Assigner): DataStream<string> =>
      first
        .join(second)
        .where(keyOf)
        .equalTo(keyOf)
        .window(assigner)
        .allowedLateness(LATENESS)
        .apply((left, right) => `${left.key} ${String(left.value)}x${String(right.value)}`, { uid: 'join' }),
    result: (pane: Pane, items: readonly InputItem[]): string[] =>
      of(1, items).flatMap((left) => of(2, items).map((right) => `${pane.key} ${String(left.n)}x${String(right.n)}`)),
  },
  coGroup: {
    build: ([first, second]: Streams, assigner: Assigner): DataStream<string> =>
      first
        .coGroup(second)
        .where(keyOf)
        .equalTo(keyOf)
        .window(assigner)
        .allowedLateness(LATENESS)
        .apply<string>(
          (lefts, rights, out) => {
            const values = (elements: Iterable<PlanItem>): number[] => [...elements].map(({ value }) => value);
            out.collect(sides(values(lefts), values(rights)));
          },
          { uid: 'coGroup' },
        ),
    result: (_pane: Pane, items: readonly InputItem[]): string[] => [
      sides(
        of(1, items).map(({ n }) => n),
        of(2, items).map(({ n }) => n),
      ),
    ],
  },
};

const WINDOWS: readonly (readonly [string, Assigner, NaiveAssigner])[] = [
  ['tumbling windows', TumblingEventTimeWindows.of(5), naive.aligned(true, 5, 5)],
  ['sliding windows', SlidingEventTimeWindows.of(6, 3), naive.aligned(true, 6, 3)],
  ['sessions', EventTimeSessionWindows.withGap(3), naive.sessions(true, () => 3)],
];

/** Window joins and coGroups over each kind of event-time windows. */
export const WINDOW_JOIN_SCENARIOS: readonly OperatorScenario[] = Object.entries(JOINS).flatMap(
  ([name, { build, result }]) =>
    WINDOWS.map(([windows, assigner, naiveAssigner]) => ({
      name: `${name} of ${windows}`,
      build: (first: DataStream<PlanItem>, second: DataStream<PlanItem>) => build([first, second], assigner),
      model: () =>
        new WindowModel({
          assigner: naiveAssigner,
          trigger: naive.eventTime,
          lateness: LATENESS,
          result,
          showsLate: false,
        }),
    })),
);
