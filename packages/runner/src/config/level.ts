import { ConfigError } from '../errors.js';
import { parseValue, type RawValue } from './parse-value.js';
import { maskUserInfo } from './url-password.js';
import type { Variable, VariableTable } from './variable.js';

/** Where a value came from, strongest first. */
export const ORIGINS = ['flag', 'environment', 'file', 'default'] as const;
export type Origin = (typeof ORIGINS)[number];

/** One name and value as somebody gave it. */
export interface Given {
  /** Canonical name of the variable. */
  readonly name: string;
  /** As it was written: an alias, a flag, an environment variable; with the file's name. For messages. */
  readonly written: string;
  readonly raw: RawValue;
}

/** Everything that one level says, by canonical name, and what nobody knows. */
export interface Level {
  readonly origin: Origin;
  readonly given: ReadonlyMap<string, Given>;
  /** Names that are no variable, as written. */
  readonly unknown: readonly string[];
}

/** What a level was read from: one entry for each name found there, in order; the last of a name wins. */
export interface LevelInput {
  readonly origin: Origin;
  readonly entries: readonly { readonly key: string; readonly written: string; readonly raw: RawValue }[];
}

/** Names and aliases to canonical names. */
export function canonicalNames(variables: VariableTable): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const add = (written: string, name: string): void => {
    const taken = names.get(written);
    if (taken !== undefined && taken !== name) {
      throw new ConfigError([`the job's variables ${taken} and ${name} share the name ${written}`]);
    }
    names.set(written, name);
  };
  for (const [name, variable] of Object.entries(variables)) {
    add(name, name);
    for (const alias of variable.aliases ?? []) add(alias, name);
  }
  return names;
}

/**
 * Sorts what a level says by variable.
 *
 * @param names written name to canonical name; for the environment these are the environment variables' names
 * @throws ConfigError where two names of one variable have different values on this level
 */
export function readLevel(input: LevelInput, variables: VariableTable, names: ReadonlyMap<string, string>): Level {
  const given = new Map<string, Given>();
  const byKey = new Map<string, Given>();
  const unknown: string[] = [];
  for (const { key, written, raw } of input.entries) {
    const name = names.get(key);
    if (name === undefined) unknown.push(written.replace(key, () => withoutSecret(key, variables)));
    else byKey.set(key, { name, written, raw });
  }
  const conflicts: string[] = [];
  for (const entry of byKey.values()) {
    const other = given.get(entry.name);
    const variable = variables[entry.name];
    if (other !== undefined && variable !== undefined && differ(variable, other.raw, entry.raw)) {
      conflicts.push(
        `${other.written} and ${entry.written} are two names of ${entry.name} and differ: ` +
          `${showRaw(variable, other.raw)} and ${showRaw(variable, entry.raw)}; keep one of them`,
      );
    }
    given.set(entry.name, entry);
  }
  if (conflicts.length > 0) throw new ConfigError(conflicts);
  return { origin: input.origin, given, unknown };
}

/** What stands under a secret may be a part of it: an unquoted password with a brace, for instance. */
function withoutSecret(key: string, variables: VariableTable): string {
  const names = Object.keys(variables).filter((name) => variables[name]?.secret === true);
  const above = names.find((name) => key.startsWith(`${name}.`));
  return above === undefined ? key : `${above}.(secret)`;
}

function differ(variable: Variable, a: RawValue, b: RawValue): boolean {
  return JSON.stringify(parseValue(variable, a)) !== JSON.stringify(parseValue(variable, b));
}

/** A value as messages show it: quoted, long ones cut, secrets never. */
export function showRaw(variable: Variable, raw: RawValue): string {
  if (variable.secret === true) return '(secret)';
  const text = maskUserInfo(JSON.stringify(raw));
  return text.length > 200 ? `${text.slice(0, 200)}...` : text;
}
