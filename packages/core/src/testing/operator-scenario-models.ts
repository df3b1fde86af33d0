import { OperatorModel } from './operator-model.js';
import type { ModelTimer } from './operator-model.js';
import type { PlanItem } from './operator-plan.js';

/** Of the keyed function of two inputs that adds up. */
export class SumModel extends OperatorModel {
  readonly #sums = new Map<string, number>();

  protected get entries(): number {
    return this.#sums.size;
  }

  protected onElement(input: 1 | 2, { key, value }: PlanItem): void {
    const by = input === 1 ? value : -value;
    const total = (this.#sums.get(key) ?? 0) + by;
    this.#sums.set(key, total);
    if (total % 2 === 0) this.set('EVENT_TIME', key, value + 3);
    if (total % 3 === 0) this.set('PROCESSING_TIME', key, this.now + (total % 5));
    if (total % 4 === 0) this.unset('EVENT_TIME', key, value + 2);
    this.side.push(`${key} ${String(by)}`);
    this.said.push(`${String(input)} ${key}=${String(total)}`);
  }

  protected onTimer({ domain, key, time }: ModelTimer): void {
    this.said.push(`${domain} ${key}@${String(time)}=${String(this.#sums.get(key) ?? 0)}`);
    if (time % 2 === 0) this.set('EVENT_TIME', key, time + 1);
    if (time % 5 === 0) this.#sums.delete(key);
  }
}

/** Of the keyed broadcast function that multiplies. */
export class BroadcastModel extends OperatorModel {
  readonly #counts = new Map<string, number>();
  readonly #factors = new Map<string, number>();

  protected get entries(): number {
    return this.#counts.size + Math.min(1, this.#factors.size);
  }

  protected onElement(input: 1 | 2, { key, value }: PlanItem): void {
    if (input === 1) {
      const total = (this.#counts.get(key) ?? 0) + value * (this.#factors.get(key) ?? 1);
      this.#counts.set(key, total);
      this.said.push(`${key}=${String(total)}`);
      if (value % 2 === 0) this.set('EVENT_TIME', key, value + 3);
      return;
    }
    if (value === 5) this.#factors.delete(key);
    else this.#factors.set(key, value);
    if (value === 0 || value > 9) {
      this.said.push(`visited ${[...this.#counts.keys()].sort().join()}`);
      if (value > 9) this.#counts.clear();
      else for (const [of, count] of this.#counts) this.#counts.set(of, count + 100);
    }
    this.said.push([...this.#factors].map(String).sort().join(' '));
  }

  protected onTimer({ domain, key, time }: ModelTimer): void {
    this.said.push(`${domain} ${key}@${String(time)}=${String(this.#counts.get(key) ?? 0)}`);
  }
}

interface Buffered extends PlanItem {
  readonly input: 1 | 2;
}

/** Of an interval join: all elements that are kept, looked through each time. */
export class JoinModel extends OperatorModel {
  readonly #lower: number;
  readonly #upper: number;
  #kept: Buffered[] = [];

  constructor({ lower, upper }: { readonly lower: number; readonly upper: number }) {
    super();
    this.#lower = lower;
    this.#upper = upper;
  }

  protected get entries(): number {
    return new Set(this.#kept.map(({ input, key }) => `${String(input)}/${key}`)).size;
  }

  protected onElement(input: 1 | 2, { key, value }: PlanItem): void {
    if (value < this.lowerWatermark) {
      this.said.push(`late ${key} ${String(value)}`);
      return;
    }
    const arrived: Buffered = { input, key, value };
    const others = this.#kept.filter((other) => other.input !== input && other.key === key);
    for (const other of others.sort((one, two) => one.value - two.value)) {
      const [left, right] = input === 1 ? [arrived, other] : [other, arrived];
      if (right.value < left.value + this.#lower || right.value > left.value + this.#upper) continue;
      const latest = Math.max(left.value, right.value);
      this.said.push(`${key} ${String(left.value)}+${String(right.value)}@${String(latest)}`);
    }
    this.#kept.push(arrived);
    this.set('EVENT_TIME', `${String(input)}/${key}`, this.#until(arrived));
  }

  protected onTimer({ key, time }: ModelTimer): void {
    this.#kept = this.#kept.filter((each) => `${String(each.input)}/${each.key}` !== key || this.#until(each) !== time);
  }

  /** Last time at which a partner may come. */
  #until({ input, value }: Buffered): number {
    return value + Math.max(0, input === 1 ? this.#upper : -this.#lower);
  }
}
