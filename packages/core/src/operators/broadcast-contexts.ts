import type { OutputTag } from '../api/output-tag.js';
import type { MapStateDescriptor } from '../state/state-descriptor.js';
import type {
  ApplyToKeyedState,
  BaseBroadcastContext,
  BroadcastContext,
  BroadcastOnTimerContext,
  BroadcastState,
  KeyedBroadcastContext,
  ReadOnlyBroadcastContext,
  ReadOnlyBroadcastState,
} from './broadcast-functions.js';
import type { BroadcastStates } from './broadcast-states.js';
import type { OnTimerContext } from './keyed-process-function.js';
import type { ProcessContext } from './process-function.js';
import type { TimerService } from './timers/timer-service.js';
import type { TimeDomain } from './timers/timer.js';

/** What both sides of a broadcast function share: the call in hand, and time. */
abstract class CallContext<CALL extends ProcessContext> implements BaseBroadcastContext {
  protected readonly call: CALL;
  protected readonly states: BroadcastStates;

  constructor(call: CALL, states: BroadcastStates) {
    this.call = call;
    this.states = states;
  }

  timestamp(): number | undefined {
    return this.call.timestamp();
  }

  currentProcessingTime(): number {
    return this.call.timerService().currentProcessingTime();
  }

  currentWatermark(): number {
    return this.call.timerService().currentWatermark();
  }

  output<X>(tag: OutputTag<X>, value: NoInfer<X>): void {
    this.call.output(tag, value);
  }
}

/** For elements of the stream that is not broadcast: they read the state. */
export class ReadingContext<CALL extends ProcessContext = ProcessContext>
  extends CallContext<CALL>
  implements ReadOnlyBroadcastContext
{
  getBroadcastState<K extends string | number, V>(descriptor: MapStateDescriptor<K, V>): ReadOnlyBroadcastState<K, V> {
    return this.states.readOnly(descriptor);
  }
}

/** For broadcast elements: they set the state. */
export class WritingContext extends CallContext<ProcessContext> implements BroadcastContext {
  getBroadcastState<K extends string | number, V>(descriptor: MapStateDescriptor<K, V>): BroadcastState<K, V> {
    return this.states.writable(descriptor);
  }
}

/** For elements and timers of the keyed stream. */
export class KeyedReadingContext<K> extends ReadingContext<OnTimerContext<K>> implements BroadcastOnTimerContext<K> {
  getCurrentKey(): K {
    return this.call.getCurrentKey();
  }

  timerService(): TimerService {
    return this.call.timerService();
  }

  timeDomain(): TimeDomain {
    return this.call.timeDomain();
  }
}

/** For broadcast elements beside a keyed stream. */
export class KeyedWritingContext<K> extends WritingContext implements KeyedBroadcastContext<K> {
  readonly applyToKeyedState: ApplyToKeyedState<K>;

  constructor(call: ProcessContext, states: BroadcastStates, applyToKeyedState: ApplyToKeyedState<K>) {
    super(call, states);
    this.applyToKeyedState = applyToKeyedState;
  }
}
