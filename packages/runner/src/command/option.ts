/** What an option's value is in the program. */
export type OptionValue = string | number | boolean | readonly string[] | undefined;

/** An option of a command, as data. Made by the functions below. */
export interface CommandOption<T extends OptionValue = OptionValue> {
  /** `time`: milliseconds since 1970 UTC in the program. */
  readonly kind: 'text' | 'integer' | 'number' | 'flag' | 'time';
  /** For `--help`, beginning in lower case. */
  readonly doc: string;
  /** What stands for the value in `--help`. @default by kind */
  readonly placeholder?: string;
  /** The command is refused without it. @default false */
  readonly required?: boolean;
  /** May be given several times; the value is a list. Texts alone. @default false */
  readonly repeatable?: boolean;
  /** A flag that `--no-NAME` turns off. @default false */
  readonly negatable?: boolean;
  readonly default?: T;
  /** The only texts allowed. */
  readonly allowed?: readonly string[];
  /** Bounds of a number, included. */
  readonly min?: number;
  readonly max?: number;
  /** What is wrong with a text, after "It": `must not be blank.`; undefined where nothing is. */
  check?(value: string): string | undefined;
}

/** Options by name without the dashes. */
export type OptionTable = Readonly<Record<string, CommandOption>>;

/** Values of a command's options, by name. */
export type OptionValues<O extends OptionTable> = {
  readonly [name in keyof O]: O[name] extends CommandOption<infer T> ? T : never;
};

type Spec = Omit<CommandOption, 'kind' | 'default'>;
type Given<S, T> = S extends { readonly required: true } | { readonly default: T } ? T : T | undefined;

/** A text. Blank ones are refused. */
export function textOption<
  const S extends Omit<Spec, 'min' | 'max' | 'negatable' | 'repeatable'> & { readonly default?: string },
>(spec: S): CommandOption<Given<S, string>> {
  return { ...spec, kind: 'text' };
}

/** Texts: the option may be given several times. An empty list where it is not. */
export function textsOption(
  spec: Omit<Spec, 'min' | 'max' | 'negatable' | 'repeatable'>,
): CommandOption<readonly string[]> {
  return { ...spec, kind: 'text', repeatable: true, default: [] };
}

/** A number, whole with `integer`. */
export function numberOption<
  const S extends Pick<Spec, 'doc' | 'placeholder' | 'required' | 'min' | 'max'> & {
    readonly default?: number;
    readonly integer?: boolean;
  },
>({ integer, ...spec }: S): CommandOption<Given<S, number>> {
  return { ...spec, kind: integer === true ? 'integer' : 'number' } as unknown as CommandOption<Given<S, number>>;
}

/** True where it is given; `negatable` adds `--no-NAME`. */
export function flagOption(
  spec: Pick<Spec, 'doc' | 'negatable'> & { readonly default?: boolean },
): CommandOption<boolean> {
  return { default: false, ...spec, kind: 'flag' };
}

/**
 * A moment: ISO 8601 (without a zone UTC), milliseconds since 1970, or how long ago (`90m`, `2h`, `7d`). In the
 * program milliseconds since 1970 UTC.
 */
export function timeOption<const S extends Pick<Spec, 'doc' | 'required'>>(spec: S): CommandOption<Given<S, number>> {
  return { ...spec, kind: 'time' };
}
