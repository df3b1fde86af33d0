import { ORIGINS, type Origin } from './level.js';
import { maskUserInfo, urlPasswords } from './url-password.js';
import type { Config, ValueOf, Variable, VariableTable, VariableValue } from './variable.js';

/** One variable with its effective value. */
export interface Effective {
  readonly name: string;
  readonly variable: Variable;
  readonly value: VariableValue;
  readonly origin: Origin;
  /** The name under which it was given, for messages: `--kafka.input.topic`, `redis.port in job.conf`. */
  readonly written: string;
}

/** What the start says besides the values. */
export interface Notices {
  /** Names that nothing reads, by where they were found. */
  readonly unknown: readonly { readonly where: string; readonly names: readonly string[] }[];
  /** Variables without effect whose values differ from their defaults. */
  readonly withoutEffect: readonly Effective[];
}

/** Effective values with where each came from. */
export class EffectiveConfig<V extends VariableTable = VariableTable> implements Config<V> {
  readonly #entries: ReadonlyMap<string, Effective>;
  readonly notices: Notices;

  constructor(entries: readonly Effective[], unknown: Notices['unknown']) {
    this.#entries = new Map(entries.map((entry) => [entry.name, entry]));
    const withoutEffect = entries.filter(
      ({ variable, value }) => variable.noEffect === true && JSON.stringify(value) !== JSON.stringify(variable.default),
    );
    this.notices = { unknown, withoutEffect };
  }

  /** @throws TypeError for a name that is no variable of the job */
  get<N extends keyof V & string>(name: N): ValueOf<V[N]> {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw new TypeError(`${name} is not a configuration variable of this job`);
    return entry.value as ValueOf<V[N]>;
  }

  /** All variables, in the order of the job's table. */
  entries(): readonly Effective[] {
    return [...this.#entries.values()];
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  /** Values that must not be printed; short ones would mask harmless text and are left out. */
  secrets(): readonly string[] {
    const texts = this.entries().flatMap(({ variable, value }) => {
      if (typeof value !== 'string') return [];
      return variable.secret === true ? [value] : urlPasswords(value);
    });
    return texts.filter((text) => text.length >= 4);
  }
}

/** A value as people read it; secrets and the credentials of a URL are masked. */
export function showValue({ variable, value }: Pick<Effective, 'variable' | 'value'>): string {
  if (value === undefined) return '';
  if (variable.secret === true) return '********';
  return maskUserInfo(Array.isArray(value) ? value.join(',') : String(value));
}

/** Levels from the weakest that says something to the strongest. */
export const WEAKEST_FIRST: readonly Origin[] = [...ORIGINS].reverse();
