import type { Variable, VariableValue } from './variable.js';

/** A value as a file, the environment or a flag gives it: text, or several texts (an array in a file). */
export type RawValue = string | readonly string[];

/** What was given cannot be a value of the variable. Kept in its place until all problems are listed. */
export class InvalidValue {
  constructor(
    readonly raw: RawValue,
    /** What is allowed, after "must be". */
    readonly allowed: string,
  ) {}
}

const INTEGER = /^[+-]?\d{1,16}$/;
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?$/;

/**
 * Reads one value, strictly: `12abc` is no integer and `yes` no boolean (convict's own formats read them as 12 and
 * true). Blanks around a number or a boolean are dropped; a text is taken as it is.
 */
export function parseValue(variable: Variable, raw: RawValue): VariableValue | InvalidValue {
  if (variable.format === 'list') return parseList(variable, raw);
  if (typeof raw !== 'string') return new InvalidValue(raw, `one value, not a list: ${describeAllowed(variable)}`);
  return parseScalar(variable, raw) ?? new InvalidValue(raw, describeAllowed(variable));
}

function parseScalar(variable: Variable, raw: string): string | number | boolean | undefined {
  switch (variable.format) {
    case 'boolean': {
      const word = raw.trim().toLowerCase();
      return word === 'true' ? true : word === 'false' ? false : undefined;
    }
    case 'integer':
    case 'port':
      return inRange(variable, INTEGER.test(raw.trim()) ? Number(raw) : Number.NaN);
    case 'number':
      return inRange(variable, NUMBER.test(raw.trim()) ? Number(raw) : Number.NaN);
    default:
      return fits(variable, raw) ? raw : undefined;
  }
}

function inRange(variable: Variable, value: number): number | undefined {
  if (!Number.isFinite(value)) return undefined;
  if (variable.format !== 'number' && !Number.isSafeInteger(value)) return undefined;
  const [min, max] = rangeOf(variable);
  return value >= (min ?? -Infinity) && value <= (max ?? Infinity) ? value : undefined;
}

function rangeOf(variable: Variable): readonly [number | undefined, number | undefined] {
  return variable.format === 'port'
    ? [variable.min ?? 1, Math.min(variable.max ?? 65_535, 65_535)]
    : [variable.min, variable.max];
}

function fits(variable: Variable, value: string): boolean {
  if (variable.allowed !== undefined && !variable.allowed.includes(value)) return false;
  return variable.syntax?.pattern.test(value) ?? true;
}

function parseList(variable: Variable, raw: RawValue): readonly string[] | InvalidValue {
  const parts = (typeof raw === 'string' ? raw.split(',') : raw)
    .map((part) => part.trim())
    .filter((part) => part !== '');
  return parts.every((part) => fits(variable, part)) ? parts : new InvalidValue(raw, describeAllowed(variable));
}

/** What a value of the variable may be, after "must be": for errors and the table of the documentation. */
export function describeAllowed(variable: Variable): string {
  const { format, allowed, syntax } = variable;
  if (allowed !== undefined) {
    const values = `one of ${allowed.join(', ')}`;
    return format === 'list' ? `a list of values, each ${values}` : values;
  }
  switch (format) {
    case 'boolean':
      return 'true or false';
    case 'list':
      return syntax === undefined ? 'a list separated by commas' : `a list separated by commas, each ${syntax.means}`;
    case 'text':
      return syntax?.means ?? 'a text';
    default:
      return `${NOUNS[format]}${describeRange(variable)}`;
  }
}

const NOUNS = { integer: 'a whole number', number: 'a number', port: 'a port' } as const;

function describeRange(variable: Variable): string {
  const [min, max] = rangeOf(variable);
  const unit = variable.unit === undefined ? '' : ` ${variable.unit}`;
  if (min !== undefined && max !== undefined) return ` from ${String(min)} to ${String(max)}${unit}`;
  if (min !== undefined) return ` of at least ${String(min)}${unit}`;
  if (max !== undefined) return ` of at most ${String(max)}${unit}`;
  return unit === '' ? '' : ` (${unit.trim()})`;
}
