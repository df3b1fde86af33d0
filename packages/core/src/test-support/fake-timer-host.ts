import { Scope } from '../runtime/scope.js';
import { ManualClock } from '../testing/manual-clock.js';
import type { MemberSet, TimerHost, TimerState } from '../operators/timers/timer-host.js';

/** What stays of timers over a restart: set name -> members. */
export type StoredTimers = Map<string, Set<string>>;

class CountedScope extends Scope {
  readonly #host: FakeTimerHost;

  constructor(host: FakeTimerHost) {
    super();
    this.#host = host;
    host.scopesMade += 1;
    host.openScopes += 1;
  }

  failed(error: unknown): void {
    this.#host.fail(error);
  }

  protected settled(): void {
    this.#host.openScopes -= 1;
  }
}

/** The host of a timer service alone: calls enter one after another, or wait while `isHeld`. */
export class FakeTimerHost implements TimerHost {
  readonly clock: ManualClock;
  readonly context: TimerHost['context'];
  readonly state: TimerState & { readonly namespace: string };
  readonly failures: unknown[] = [];
  scopesMade = 0;
  openScopes = 0;
  isHeld = false;
  readonly #waiting: (() => void)[] = [];
  #isInCall = false;

  constructor(clock = new ManualClock(), stored: StoredTimers = new Map()) {
    this.clock = clock;
    this.context = { clock, operator: 'test-operator' };
    let currentKey: string | number = '';
    let namespace = '';
    this.state = {
      get currentKey() {
        return currentKey;
      },
      get namespace() {
        return namespace;
      },
      setCurrentKey(key) {
        currentKey = key;
      },
      setCurrentNamespace(to) {
        namespace = to;
      },
      sortedSet: (name) => sortedSet(stored, name),
    };
  }

  createScope(): Scope {
    return new CountedScope(this);
  }

  enterWhenRunning(call: () => void): void {
    this.#waiting.push(call);
    this.runWaiting();
  }

  /** As a task does: one call after another, none inside another. */
  runWaiting(): void {
    if (this.#isInCall || this.isHeld) return;
    this.#isInCall = true;
    for (let call = this.#waiting.shift(); call !== undefined; call = this.#waiting.shift()) call();
    this.#isInCall = false;
  }

  fail(error: unknown): void {
    this.failures.push(error);
  }
}

function sortedSet(stored: StoredTimers, name: string): MemberSet {
  const members = stored.get(name) ?? new Set<string>();
  stored.set(name, members);
  return {
    add: (member) => void members.add(member),
    delete: (member) => void members.delete(member),
    members: () => [...members].sort(),
  };
}
