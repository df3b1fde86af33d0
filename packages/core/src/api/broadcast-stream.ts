import type { MapStateDescriptor } from '../state/state-descriptor.js';
import type { DataStream } from './data-stream.js';

/** A descriptor of broadcast state, whatever it holds. */
export type BroadcastDescriptor = MapStateDescriptor<string | number, unknown>;

/**
 * A stream whose elements set state that the elements of another stream read: give it to `connect` of that other stream.
 *
 * @see Flink, "The Broadcast State Pattern"
 *
 * @example
 * ```ts
 * import { MapStateDescriptor } from '@millrace/core';
 * import { TwoInputOperatorHarness } from '@millrace/core/testing';
 *
 * const limits = new MapStateDescriptor<string, number>('limits');
 * const harness = await TwoInputOperatorHarness.forStreams<number, number, string>((amounts, rules) =>
 *   amounts.connect(rules.broadcast(limits)).process(
 *     {
 *       processElement(amount, context, out) {
 *         const limit = context.getBroadcastState(limits).get('upper') ?? Infinity;
 *         out.collect(amount > limit ? `${amount} is too much` : `${amount} is fine`);
 *       },
 *       processBroadcastElement(limit, context) {
 *         context.getBroadcastState(limits).put('upper', limit);
 *       },
 *     },
 *     { uid: 'limit' },
 *   ),
 * );
 * await harness.processElement1(50);
 * await harness.processElement2(30);
 * await harness.processElement1(50);
 * harness.output(); // => ['50 is fine', '50 is too much']
 * ```
 */
export class BroadcastStream<T> {
  /** @internal */
  readonly stream: DataStream<T>;
  /** @internal */
  readonly descriptors: readonly BroadcastDescriptor[];

  /** @internal */
  constructor(stream: DataStream<T>, descriptors: readonly BroadcastDescriptor[]) {
    this.stream = stream;
    this.descriptors = descriptors;
  }
}
