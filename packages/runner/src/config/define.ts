import { topicName } from './syntax.js';
import type { Variable } from './variable.js';

/** What every variable may say besides its default. */
type Common = Pick<Variable, 'doc' | 'aliases' | 'secret' | 'noEffect' | 'unit'>;
type TextOptions = Common & Pick<Variable, 'syntax'>;
type NumberOptions = Common & Pick<Variable, 'min' | 'max'>;

/**
 * A text. `{{env}}` in the default is filled from `env`. With `allowed` the value's type is the union of those texts.
 *
 * @example
 * text({ doc: 'Topic that is read.', default: '{{env}}.requests', syntax: topicName })
 */
export function text<const A extends readonly string[]>(
  options: TextOptions & { readonly allowed: A; readonly default: A[number] },
): Variable<A[number]>;
export function text<const A extends readonly string[]>(
  options: TextOptions & { readonly allowed: A; readonly default?: undefined },
): Variable<A[number] | undefined>;
export function text(options: TextOptions & { readonly default: string }): Variable<string>;
export function text(options: TextOptions & { readonly default?: undefined }): Variable<string | undefined>;
export function text(
  options: TextOptions & { readonly allowed?: readonly string[]; readonly default?: string | undefined },
): Variable<string | undefined> {
  return { format: 'text', ...options, default: options.default };
}

/**
 * Name of a topic.
 *
 * @example
 * topic('Topic that is read.', '{{env}}.requests')
 */
export function topic(doc: string, name: string, aliases: readonly string[] = []): Variable<string> {
  return text({ doc, default: name, syntax: topicName, ...(aliases.length === 0 ? {} : { aliases }) });
}

/** A whole number between -(2^53-1) and 2^53-1, or between `min` and `max`. */
export function integer(options: NumberOptions & { readonly default: number }): Variable<number>;
export function integer(options: NumberOptions & { readonly default?: undefined }): Variable<number | undefined>;
export function integer(
  options: NumberOptions & { readonly default?: number | undefined },
): Variable<number | undefined> {
  return { format: 'integer', ...options, default: options.default };
}

/** A decimal number; fractions are allowed, NaN and infinities are not. */
export function number(options: NumberOptions & { readonly default: number }): Variable<number>;
export function number(options: NumberOptions & { readonly default?: undefined }): Variable<number | undefined>;
export function number(
  options: NumberOptions & { readonly default?: number | undefined },
): Variable<number | undefined> {
  return { format: 'number', ...options, default: options.default };
}

/** `true` or `false`, in any letter case. Nothing else: `yes`, `on` and `1` are refused. */
export function boolean(options: Common & { readonly default: boolean }): Variable<boolean>;
export function boolean(options: Common & { readonly default?: undefined }): Variable<boolean | undefined>;
export function boolean(options: Common & { readonly default?: boolean | undefined }): Variable<boolean | undefined> {
  return { format: 'boolean', ...options, default: options.default };
}

/** A TCP port, 1 to 65535; `min: 0` also allows 0, any free port. */
export function port(options: NumberOptions & { readonly default: number }): Variable<number>;
export function port(options: NumberOptions & { readonly default?: undefined }): Variable<number | undefined>;
export function port(options: NumberOptions & { readonly default?: number | undefined }): Variable<number | undefined> {
  return { format: 'port', ...options, default: options.default };
}

/** Texts separated by commas (an array in files). Blanks around an element and empty elements are dropped. */
export function list(options: TextOptions & { readonly default: readonly string[] }): Variable<readonly string[]>;
export function list(options: TextOptions & { readonly default?: undefined }): Variable<readonly string[] | undefined>;
export function list(
  options: TextOptions & { readonly default?: readonly string[] | undefined },
): Variable<readonly string[] | undefined> {
  return { format: 'list', ...options, default: options.default };
}
