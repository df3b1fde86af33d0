import type { DataStream } from '../api/data-stream.js';
import { OutputTag } from '../api/output-tag.js';
import type { KeyedBroadcastProcessFunction } from '../operators/broadcast-functions.js';
import type { KeyedCoProcessFunction } from '../operators/co-functions.js';
import type { KeyedProcessContext } from '../operators/keyed-process-function.js';
import { MapStateDescriptor, ValueStateDescriptor } from '../state/state-descriptor.js';
import type { ValueState } from '../state/state-types.js';
import { BroadcastModel, JoinModel, SumModel } from './operator-scenario-models.js';
import type { PlanModel } from './operator-model.js';
import type { PlanItem } from './operator-plan.js';

/** Side output of every scenario. */
export const SCENARIO_SIDE = new OutputTag<string>('side');
/** Bounds of the interval join. */
export const JOIN_BOUNDS = { lower: -3, upper: 4 } as const;

/** An operator of two inputs, and what it must do. */
export interface OperatorScenario {
  readonly name: string;
  readonly build: (first: DataStream<PlanItem>, second: DataStream<PlanItem>) => DataStream<string>;
  readonly model: () => PlanModel;
}

/** Key of a plan's elements. */
export const keyOf = (item: PlanItem): string => item.key;

/** Adds up by key, the second input negatively; sets and deletes timers by what the sum is. */
function summing(): KeyedCoProcessFunction<string, PlanItem, PlanItem, string> {
  let sum: ValueState<number>;
  const add = (input: 1 | 2, by: number, context: KeyedProcessContext<string>): string => {
    const timers = context.timerService();
    const total = (sum.value() ?? 0) + by;
    sum.update(total);
    if (total % 2 === 0) timers.registerEventTimeTimer((context.timestamp() ?? 0) + 3);
    if (total % 3 === 0) timers.registerProcessingTimeTimer(timers.currentProcessingTime() + (total % 5));
    if (total % 4 === 0) timers.deleteEventTimeTimer((context.timestamp() ?? 0) + 2);
    context.output(SCENARIO_SIDE, `${context.getCurrentKey()} ${String(by)}`);
    return `${String(input)} ${context.getCurrentKey()}=${String(total)}`;
  };
  return {
    open: (context) => void (sum = context.getState(new ValueStateDescriptor<number>('sum'))),
    processElement1: (item, context, out) => out.collect(add(1, item.value, context)),
    processElement2: (item, context, out) => out.collect(add(2, -item.value, context)),
    onTimer(timestamp, context, out) {
      const total = String(sum.value() ?? 0);
      out.collect(`${context.timeDomain()} ${context.getCurrentKey()}@${String(timestamp)}=${total}`);
      if (timestamp % 2 === 0) context.timerService().registerEventTimeTimer(timestamp + 1);
      if (timestamp % 5 === 0) sum.clear();
    },
  };
}

const factors = new MapStateDescriptor<string, number>('factors');

/** Counts by key, times a factor that is broadcast; a factor of 0 adds 100 to every count, over 9 clears them. */
function multiplying(): KeyedBroadcastProcessFunction<string, PlanItem, PlanItem, string> {
  const descriptor = new ValueStateDescriptor<number>('count');
  let count: ValueState<number>;
  return {
    open: (context) => void (count = context.getState(descriptor)),
    processElement(item, context, out) {
      const total = (count.value() ?? 0) + item.value * (context.getBroadcastState(factors).get(item.key) ?? 1);
      count.update(total);
      out.collect(`${context.getCurrentKey()}=${String(total)}`);
      if (item.value % 2 === 0) context.timerService().registerEventTimeTimer(item.value + 3);
    },
    processBroadcastElement({ key, value }, context, out) {
      const state = context.getBroadcastState(factors);
      if (value === 5) state.remove(key);
      else state.put(key, value);
      if (value === 0 || value > 9) {
        const visited: string[] = [];
        context.applyToKeyedState(descriptor, (of, ofKey) => {
          visited.push(of);
          if (value > 9) ofKey.clear();
          else ofKey.update((ofKey.value() ?? 0) + 100);
        });
        out.collect(`visited ${visited.sort().join()}`);
      }
      out.collect([...state.entries()].map(String).sort().join(' '));
    },
    onTimer(timestamp, context, out) {
      const total = String(count.value() ?? 0);
      out.collect(`${context.timeDomain()} ${context.getCurrentKey()}@${String(timestamp)}=${total}`);
    },
  };
}

/** Joins both inputs; late elements are shown in the main output, where they came. */
function joining(first: DataStream<PlanItem>, second: DataStream<PlanItem>): DataStream<string> {
  const lateOf = new OutputTag<PlanItem>('late');
  const joined = first
    .keyBy(keyOf)
    .intervalJoin(second.keyBy(keyOf))
    .between(JOIN_BOUNDS.lower, JOIN_BOUNDS.upper)
    .sideOutputLeftLateData(lateOf)
    .sideOutputRightLateData(lateOf)
    .process<string>(
      {
        processElement: (left, right, context, out) => {
          out.collect(`${left.key} ${String(left.value)}+${String(right.value)}@${String(context.getTimestamp())}`);
        },
      },
      { uid: 'join' },
    );
  const late = joined.getSideOutput(lateOf).map(({ key, value }) => `late ${key} ${String(value)}`);
  return joined.union(late);
}

/** What operators of two inputs are compared with naive models by. */
export const OPERATOR_SCENARIOS: readonly OperatorScenario[] = [
  {
    name: 'state, timers and side outputs of a keyed function of two inputs',
    build: (first, second) => first.connect(second).keyBy(keyOf, keyOf).process(summing, { uid: 'sum' }),
    model: () => new SumModel(),
  },
  {
    name: 'broadcast state, keyed state and timers of a keyed broadcast function',
    build: (first, second) =>
      first.keyBy(keyOf).connect(second.broadcast(factors)).process(multiplying, { uid: 'multiply' }),
    model: () => new BroadcastModel(),
  },
  {
    name: 'pairs and buffers of an interval join',
    build: joining,
    model: () => new JoinModel(JOIN_BOUNDS),
  },
];
