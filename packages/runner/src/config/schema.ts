import convict from 'convict';
import { InvalidValue, parseValue, type RawValue } from './parse-value.js';
import type { Variable, VariableTable, VariableValue } from './variable.js';

/** A convict format for each of ours; convict's own take `12abc` for 12 and any text for true. */
const FORMATS = ['text', 'integer', 'number', 'boolean', 'port', 'list'] as const;
const formatName = (format: Variable['format']): string => `millrace-${format}`;

for (const format of FORMATS) {
  convict.addFormat({
    name: formatName(format),
    // Values are parsed before they are set (`StrictConfig.set`): parsing needs the whole variable, which convict's
    // coercion does not get.
    coerce: (value: unknown) => value,
    validate(value: unknown) {
      if (value instanceof InvalidValue) throw new TypeError(`must be ${value.allowed}`);
    },
  });
}

/** The job's variables as a convict schema, nested by the dots in their names. */
function convictSchema(variables: VariableTable): convict.Schema<Record<string, unknown>> {
  const root: Record<string, unknown> = {};
  for (const [name, variable] of Object.entries(variables)) {
    const path = name.split('.');
    const leaf = path.pop() ?? name;
    let node = root;
    for (const step of path) node = (node[step] ??= {}) as Record<string, unknown>;
    node[leaf] = {
      doc: variable.doc,
      format: formatName(variable.format),
      default: variable.default,
      nullable: false,
      sensitive: variable.secret ?? false,
    };
  }
  return root as convict.Schema<Record<string, unknown>>;
}

/** Convict with strict formats, fed level by level, weakest first. */
export class StrictConfig {
  readonly #variables: VariableTable;
  readonly #config: convict.Config<Record<string, unknown>>;

  constructor(variables: VariableTable) {
    this.#variables = variables;
    // Environment and flags are read by our own levels: convict knows no aliases, and yargs-parser behind it turns the
    // password 0123 into 123.
    this.#config = convict(convictSchema(variables), { env: {}, args: [] });
  }

  /** Sets a value over what weaker levels said. A value that is not allowed is kept as an `InvalidValue`. */
  set(name: string, raw: RawValue): void {
    const variable = this.#variables[name];
    if (variable !== undefined) this.#config.set(name, parseValue(variable, raw));
  }

  get(name: string): VariableValue | InvalidValue {
    return this.#config.get(name) as VariableValue | InvalidValue;
  }

  /** @throws Error where a value is not allowed or the schema does not fit */
  validate(): void {
    this.#config.validate({ allowed: 'strict' });
  }
}
