/** Kinds of value a variable can have. A file may quote numbers and booleans; flags and environment always do. */
export type VariableFormat = 'text' | 'integer' | 'number' | 'boolean' | 'port' | 'list';

/** What a variable's value is in the program. */
export type VariableValue = string | number | boolean | readonly string[] | undefined;

/** What a text (each element, for a list) must look like. */
export interface Syntax {
  readonly pattern: RegExp;
  /** For the error message, after "must be": `a topic name (letters, digits, ...)`. */
  readonly means: string;
}

/** One configuration variable. Its name is its key in the table that holds it, for instance `kafka.input.topic`. */
export interface Variable<T extends VariableValue = VariableValue> {
  readonly format: VariableFormat;
  /** One sentence for the README's table and `--help`. */
  readonly doc: string;
  /** `{{env}}` in a text is filled from the variable `env`. Undefined: unset unless given. */
  readonly default: T;
  /** Other names that are accepted for it in files, environment and flags. */
  readonly aliases?: readonly string[];
  /** The only values allowed. */
  readonly allowed?: readonly string[];
  /** What a text, or each element of a list, must look like. */
  readonly syntax?: Syntax;
  /** Smallest number allowed; for a port 1 where absent. */
  readonly min?: number;
  readonly max?: number;
  /** For the documentation: `s`, `ms`, `bytes`. */
  readonly unit?: string;
  /** Never printed. */
  readonly secret?: boolean;
  /** Accepted for compatibility, without effect; said once at start where its value differs from the default. */
  readonly noEffect?: boolean;
}

/** Variables by name. */
export type VariableTable = Readonly<Record<string, Variable>>;

/** The type of a variable's value. */
export type ValueOf<V extends Variable> = V extends Variable<infer T> ? T : never;

/** Effective values, typed by the table they come from. */
export interface Config<V extends VariableTable> {
  get<N extends keyof V & string>(name: N): V[N] extends Variable<infer T> ? T : never;
}
