import type { SingleOutputStream } from '../../api/data-stream.js';
import type { KeyedStream } from '../../api/keyed-stream.js';
import type { WindowedStream } from '../../api/windowed-stream.js';
import { OutputTag } from '../../api/output-tag.js';
import { EventTimeSessionWindows, ProcessingTimeSessionWindows } from '../../windowing/assigners/session-windows.js';
import { SlidingEventTimeWindows, SlidingProcessingTimeWindows } from '../../windowing/assigners/sliding-windows.js';
import { TumblingEventTimeWindows, TumblingProcessingTimeWindows } from '../../windowing/assigners/tumbling-windows.js';
import { ContinuousEventTimeTrigger } from '../../windowing/triggers/continuous-event-time-trigger.js';
import type { Window } from '../../windowing/window.js';
import type { PlanItem } from '../operator-plan.js';
import { keyOf } from '../operator-scenarios.js';
import type { OperatorScenario } from '../operator-scenarios.js';
import * as naive from './naive-triggers.js';
import { boundsOf, lateText, WindowModel } from './window-model.js';
import type { InputItem, WindowModelOptions } from './window-model.js';
import type { Pane } from './naive-windows.js';

type Keyed = KeyedStream<string, PlanItem>;

const LATENESS = 3;
const gapOf = ({ value }: PlanItem): number => (value % 4) + 2;
const byEvents = { trigger: naive.eventTime, lateness: LATENESS };
const byClock = { trigger: naive.processingTime };

const sorted = (values: readonly number[]): string => [...values].sort((a, b) => a - b).join('+');
const said = (key: string, bounds: string, what: string): string => `${key} ${bounds} ${what}`;

/** How the elements of a window become output. */
interface End {
  readonly build: <W extends Window>(windows: WindowedStream<string, PlanItem, W>) => SingleOutputStream<string>;
  readonly result: (pane: Pane, items: readonly InputItem[]) => readonly string[];
}

/** All elements, kept one by one. */
const listed: End = {
  build: (windows) =>
    windows.apply<string>(
      (key, window, elements, out) => {
        out.collect(said(key, window.namespace, sorted([...elements].map(({ value }) => value))));
      },
      { uid: 'windows' },
    ),
  result: (pane, items) => [said(pane.key, boundsOf(pane), sorted(items.map(({ n }) => n)))],
};

/** Their sum, kept as one value. */
const added: End = {
  build: (windows) =>
    windows.aggregate<number, number, string>(
      {
        createAccumulator: () => 0,
        add: ({ value }, sum) => sum + value,
        getResult: (sum) => sum,
        merge: (a, b) => a + b,
      },
      {
        process(key, context, [sum], out) {
          out.collect(said(key, context.window().namespace, String(sum)));
        },
      },
      { uid: 'windows' },
    ),
  result: (pane, items) => [said(pane.key, boundsOf(pane), String(items.reduce((sum, { n }) => sum + n, 0)))],
};

/** The last three of them. */
const lastThree: End['result'] = (pane) => {
  pane.items = pane.items.slice(-3);
  return listed.result(pane, pane.items as InputItem[]);
};

/** Windows over both inputs as one stream. */
function scenario<W extends Window>(
  name: string,
  windowsOf: (keyed: Keyed) => WindowedStream<string, PlanItem, W>,
  end: End,
  model: Omit<WindowModelOptions, 'result'> & Partial<Pick<WindowModelOptions, 'result'>>,
): OperatorScenario {
  const lateOf = new OutputTag<PlanItem>('late');
  return {
    name,
    build: (first, second) => {
      const fired = end.build(windowsOf(first.union(second).keyBy(keyOf)).sideOutputLateData(lateOf));
      return fired.union(fired.getSideOutput(lateOf).map(({ key, value }) => lateText(key, value)));
    },
    model: () => new WindowModel({ result: end.result, ...model }),
  };
}

/** Each kind of windows, with what it keeps in state. */
export const WINDOW_SCENARIOS: readonly OperatorScenario[] = [
  scenario(
    'tumbling windows',
    (keyed) => keyed.window(TumblingEventTimeWindows.of(4, 1)).allowedLateness(LATENESS),
    added,
    {
      assigner: naive.aligned(true, 4, 4, 1),
      ...byEvents,
    },
  ),
  scenario(
    'sliding windows',
    (keyed) => keyed.window(SlidingEventTimeWindows.of(5, 2)).allowedLateness(LATENESS),
    listed,
    {
      assigner: naive.aligned(true, 5, 2),
      ...byEvents,
    },
  ),
  scenario('sessions', (keyed) => keyed.window(EventTimeSessionWindows.withGap(2)).allowedLateness(LATENESS), listed, {
    assigner: naive.sessions(true, () => 2),
    ...byEvents,
  }),
  scenario(
    'sessions of dynamic gaps',
    (keyed) => keyed.window(EventTimeSessionWindows.withDynamicGap(gapOf)).allowedLateness(LATENESS),
    added,
    { assigner: naive.sessions(true, (value) => gapOf({ key: '', value })), ...byEvents },
  ),
  scenario(
    'tumbling windows with early results',
    (keyed) => keyed.window(TumblingEventTimeWindows.of(8)).trigger(ContinuousEventTimeTrigger.of(3)),
    added,
    { assigner: naive.aligned(true, 8, 8), trigger: naive.continuousEventTime(3) },
  ),
  scenario('tumbling windows of the clock', (keyed) => keyed.window(TumblingProcessingTimeWindows.of(6)), listed, {
    assigner: naive.aligned(false, 6, 6),
    ...byClock,
  }),
  scenario('sliding windows of the clock', (keyed) => keyed.window(SlidingProcessingTimeWindows.of(9, 4)), added, {
    assigner: naive.aligned(false, 9, 4),
    ...byClock,
  }),
  scenario('sessions of the clock', (keyed) => keyed.window(ProcessingTimeSessionWindows.withGap(3)), added, {
    assigner: naive.sessions(false, () => 3),
    ...byClock,
  }),
  scenario('count windows', (keyed) => keyed.countWindow(3), listed, {
    assigner: naive.everything,
    trigger: naive.purging(naive.counting(3)),
    ends: false,
  }),
  scenario('sliding count windows', (keyed) => keyed.countWindow(3, 2), listed, {
    assigner: naive.everything,
    trigger: naive.counting(2),
    result: lastThree,
    ends: false,
  }),
  scenario('count windows with a timeout', (keyed) => keyed.countWindow(3).orTimeout(7), listed, {
    assigner: naive.everything,
    trigger: naive.purging(naive.withTimeout(naive.counting(3), 7)),
  }),
];
