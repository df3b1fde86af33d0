/* eslint-disable @typescript-eslint/no-unused-vars, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-return --
   what does not compile has no type, and what is inferred is only looked at */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import ts from 'typescript';
import { MapStateDescriptor, OutputTag, ValueStateDescriptor } from '@millrace/core';
import type {
  BroadcastProcessFunction,
  DataStream,
  KeyedProcessFunction,
  KeyedStream,
  SingleOutputStream,
} from '@millrace/core';

/**
 * What does not compile, and what is inferred without a cast. Nothing here runs: `@ts-expect-error` is an error itself
 * where the line below compiles, and the test lets the compiler look at this file.
 */
interface Order {
  readonly id: string;
  readonly amount: number;
  readonly at: Date;
  readonly note?: string;
}

interface Payment {
  readonly orderId: string;
  readonly number: number;
}

/** Fails to compile where `A` and `B` are not the same type. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function same<A, B>(is: Same<A, B>): void;

declare const orders: DataStream<Order>;
declare const payments: DataStream<Payment>;
const tag = new OutputTag<Order>('order');
const rules = new MapStateDescriptor<string, number>('rules');
const uid = 'u';

export function typesFlow(): void {
  const ids = orders
    .map((order) => order.id)
    .filter((id) => id.startsWith('a'))
    .flatMap<number>((id, out) => out.collect(id.length));
  same<typeof ids, SingleOutputStream<number>>(true);
  same<ReturnType<typeof orders.union>, DataStream<Order>>(true);
  // @ts-expect-error a string stream is not united with one of orders
  orders.union(orders.map((order) => order.id));
  // @ts-expect-error a number has no charAt
  orders.map((order) => order.amount.charAt(0));
  // @ts-expect-error the sink of another type
  orders.map((order) => order.id).sinkTo({} as Parameters<typeof orders.sinkTo>[0]);
}

export function keys(): void {
  const keyed = orders.keyBy((order) => order.id);
  same<typeof keyed, KeyedStream<string, Order>>(true);
  // @ts-expect-error an object is no key
  orders.keyBy((order) => order);
  // @ts-expect-error neither is an array
  orders.keyBy((order) => [order.id]);
  // @ts-expect-error nor undefined
  orders.keyBy((order) => order.note);

  const byNumber: KeyedProcessFunction<number, Order, string> = {
    processElement: (order, context, out) => out.collect(`${order.id} ${context.getCurrentKey().toFixed()}`),
  };
  // @ts-expect-error the function is made for keys of another type
  keyed.process(byNumber, { uid });
  // @ts-expect-error an operator with state needs a uid
  keyed.process({ processElement: () => undefined }, {});
  // @ts-expect-error timers are taken by onTimer's own context alone
  keyed.process<string>({ processElement: (_order, context) => void context.timeDomain() }, { uid });
}

export function rolling(): void {
  const keyed = orders.keyBy((order) => order.id);
  same<ReturnType<typeof keyed.minBy>, SingleOutputStream<Order>>(true);
  const sums = keyed.sum('amount', { uid });
  same<typeof sums, SingleOutputStream<Order>>(true);
  const plain = keyed.sum((order) => order.amount, { uid });
  same<typeof plain, SingleOutputStream<number>>(true);
  const latest = keyed.max((order) => order.at, { uid });
  same<typeof latest, SingleOutputStream<Date>>(true);
  keyed.min('at', { uid });
  keyed.maxBy((order) => order.amount, { uid, first: false });
  // @ts-expect-error an id cannot be summed up
  keyed.sum('id', { uid });
  // @ts-expect-error there is no such field
  keyed.min('price', { uid });
  // @ts-expect-error a field that may be missing cannot be compared
  keyed.max('note', { uid });
  // @ts-expect-error nor can an object
  keyed.minBy((order) => order, { uid });
  // @ts-expect-error the reduced value is of the element's type
  keyed.reduce((sum, order) => sum.amount + order.amount, { uid });
}

export function sideOutputs(): void {
  const main = orders.process<string>({
    processElement(order, context, out) {
      context.output(tag, order);
      // @ts-expect-error the tag is for orders
      context.output(tag, order.id);
      // @ts-expect-error the main output is for strings
      out.collect(order);
    },
  });
  const side = main.getSideOutput(tag);
  same<typeof side, DataStream<Order>>(true);
  // @ts-expect-error side outputs are read on the operator that emitted them, not on a union
  orders.union(orders).getSideOutput(tag);
  const untyped = new OutputTag('untyped');
  orders.process<string>({
    processElement(order, context) {
      // @ts-expect-error a tag without a type takes nothing
      context.output(untyped, order);
    },
  });
  // @ts-expect-error nor is anything read from it
  main.getSideOutput(untyped).map((order) => order.id);
}

export function connected(): void {
  const byId = orders.keyBy((order) => order.id);
  const byOrder = payments.keyBy((payment) => payment.orderId);
  const byNumber = payments.keyBy((payment) => payment.number);
  const both = orders.connect(payments).map({ map1: (order) => order.id, map2: (payment) => payment.orderId });
  same<typeof both, SingleOutputStream<string>>(true);
  // @ts-expect-error both functions give elements of one type
  orders.connect(payments).map<string>({ map1: (order) => order.id, map2: (payment) => payment.number });
  // @ts-expect-error the keys are of different types
  byId.connect(byNumber);
  const numberOf = (payment: Payment): number => payment.number;
  // @ts-expect-error the keys are of different types here too
  orders.connect(payments).keyBy((order) => order.id, numberOf);
  byId.connect(byOrder).process<string>(
    {
      processElement1: (order, context, out) => out.collect(order.id + context.getCurrentKey()),
      processElement2: (payment, context, out) => out.collect(payment.orderId + context.getCurrentKey()),
      onTimer: (timestamp, context, out) => out.collect(`${context.timeDomain()} ${timestamp.toFixed()}`),
    },
    { uid },
  );
  const fn = { processElement1: (): void => undefined, processElement2: (): void => undefined };
  // @ts-expect-error timers need keys
  orders.connect(payments).process({ ...fn, onTimer: () => undefined });
}

export function joins(): void {
  const byId = orders.keyBy((order) => order.id);
  const byOrder = payments.keyBy((payment) => payment.orderId);
  const joined = byId
    .intervalJoin(byOrder)
    .between(-1, 1)
    .sideOutputLeftLateData(tag)
    .process<string>(
      { processElement: (order, payment, _context, out) => out.collect(order.id + payment.orderId) },
      { uid },
    );
  same<typeof joined, SingleOutputStream<string>>(true);
  // @ts-expect-error the keys are of different types
  byId.intervalJoin(payments.keyBy((payment) => payment.number));
  // @ts-expect-error late payments do not go where orders do
  byId.intervalJoin(byOrder).between(-1, 1).sideOutputRightLateData(tag);
  // @ts-expect-error an interval first
  byId.intervalJoin(byOrder).process({ processElement: () => undefined }, { uid });
}

export function broadcast(): void {
  const fn: BroadcastProcessFunction<Order, Payment, string> = {
    processElement(order, context, out) {
      const state = context.getBroadcastState(rules);
      out.collect(`${order.id} ${(state.get('limit') ?? 0).toFixed()}`);
      // @ts-expect-error elements of this side read the state alone
      state.put('limit', 1);
      // @ts-expect-error its keys are strings
      state.get(1);
    },
    processBroadcastElement(payment, context) {
      context.getBroadcastState(rules).put(payment.orderId, payment.number);
      // @ts-expect-error its values are numbers
      context.getBroadcastState(rules).put(payment.orderId, payment.orderId);
    },
  };
  const out = orders.connect(payments.broadcast(rules)).process(fn, { uid });
  same<typeof out, SingleOutputStream<string>>(true);
  // @ts-expect-error a broadcast stream needs the state that it sets
  payments.broadcast();
  // @ts-expect-error the function is made for streams of other types
  payments.connect(orders.broadcast(rules)).process(fn, { uid });

  const count = new ValueStateDescriptor<number>('count');
  orders
    .keyBy((order) => order.id)
    .connect(payments.broadcast(rules))
    .process<string>(
      {
        processElement: (_order, context) => {
          context.timerService().registerEventTimeTimer(1);
          // @ts-expect-error only broadcast elements visit all keys
          context.applyToKeyedState(count, () => undefined);
        },
        processBroadcastElement: (_payment, context) => {
          context.applyToKeyedState(count, (key, state) => {
            same<typeof key, string>(true);
            state.update((state.value() ?? 0) + 1);
            // @ts-expect-error the state is one of numbers
            state.update(key);
          });
          // @ts-expect-error there is no key to set a timer for
          context.timerService();
        },
      },
      { uid },
    );
}

describe('flink 1.2-1.4: types flow from source to sink', () => {
  test('without a cast, and what does not fit does not compile', () => {
    const file = fileURLToPath(import.meta.url);
    const config = join(dirname(file), '../../../../tsconfig.test.json');
    const parsed = ts.getParsedCommandLineOfConfigFile(
      config,
      {},
      {
        ...ts.sys,
        onUnRecoverableConfigFileDiagnostic: (diagnostic) => {
          throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'));
        },
      },
    );
    const program = ts.createProgram([file], parsed?.options ?? {});
    const source = program.getSourceFile(file);
    const problems = program.getSemanticDiagnostics(source).map((diagnostic) => {
      const line = source?.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line ?? 0;
      return `line ${String(line + 1)}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ')}`;
    });
    expect(problems).toEqual([]);
    expect(source?.text.split('@ts-expect-error').length).toBeGreaterThan(30);
  }, 120_000);
});
