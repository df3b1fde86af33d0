import { ConfigError } from '../errors.js';
import { EffectiveConfig, WEAKEST_FIRST, type Effective, type Notices } from './effective-config.js';
import { canonicalNames, readLevel, showRaw, type Level, type LevelInput } from './level.js';
import { environmentNames, isServiceLink, looksLikeOurs } from './names.js';
import { InvalidValue } from './parse-value.js';
import { readConfigFile } from './read-file.js';
import { StrictConfig } from './schema.js';
import type { Variable, VariableTable, VariableValue } from './variable.js';

/** Where the values of one run come from. */
export interface ConfigSources {
  /** Flags and `--set`, in the order they were given. */
  readonly flags: readonly Assignment[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly file: string | undefined;
  /** Relative names of files are resolved against it. */
  readonly cwd: string;
}

/** `--kafka.input.topic T` or `--set kafka.input.topic=T`. */
export interface Assignment {
  readonly key: string;
  readonly value: string;
  /** As on the command line: `--kafka.input.topic`, `--set kafka.input.topic`. */
  readonly written: string;
}

/**
 * Effective values: flag over environment over file over default.
 *
 * @throws ConfigError with a line for each problem: the key, the value, where it came from, what is allowed
 */
export async function loadConfig<V extends VariableTable>(
  variables: V,
  sources: ConfigSources,
): Promise<EffectiveConfig<V>> {
  const levels = await readLevels(variables, sources);
  const values = new StrictConfig(variables);
  for (const origin of WEAKEST_FIRST) {
    for (const { name, raw } of levels.get(origin)?.given.values() ?? []) values.set(name, raw);
  }
  const problems: string[] = [];
  const entries = Object.entries(variables).map(([name, variable]) => {
    const entry = effective(name, variable, values.get(name), levels);
    if (entry.value instanceof InvalidValue) problems.push(problemLine(entry, entry.value));
    return entry;
  });
  for (const name of levels.get('flag')?.unknown ?? []) problems.push(`${name} is not a variable of this job`);
  if (problems.length > 0) throw new ConfigError(problems);
  values.validate();
  return new EffectiveConfig<V>(fillEnv(entries as Effective[]), unknownNames(levels, sources));
}

async function readLevels(variables: VariableTable, sources: ConfigSources): Promise<ReadonlyMap<string, Level>> {
  const names = canonicalNames(variables);
  const environment = environmentNames(variables);
  const inputs: [LevelInput, ReadonlyMap<string, string>][] = [
    [{ origin: 'flag', entries: sources.flags.map(({ value, ...rest }) => ({ ...rest, raw: value })) }, names],
    [environmentInput(sources.environment, environment), environment],
  ];
  if (sources.file !== undefined) inputs.push([await readConfigFile(sources.file, sources.cwd), names]);
  const levels = inputs.map(([input, known]) => readLevel(input, variables, known));
  return new Map(levels.map((level) => [level.origin, level]));
}

/** An empty environment variable counts as not set: that is what templates leave behind for a missing value. */
function environmentInput(environment: ConfigSources['environment'], names: ReadonlyMap<string, string>): LevelInput {
  const entries = Object.entries(environment)
    .map(([key, value]) => ({ key, written: `environment variable ${key}`, raw: value ?? '' }))
    .filter(({ key, raw }) => raw !== '' && !isServiceLink(key, raw) && (names.has(key) || looksLikeOurs(key)));
  return { origin: 'environment', entries };
}

type Entry = Omit<Effective, 'value'> & { readonly value: VariableValue | InvalidValue };

function effective(
  name: string,
  variable: Variable,
  value: VariableValue | InvalidValue,
  levels: ReadonlyMap<string, Level>,
): Entry {
  for (const origin of ['flag', 'environment', 'file'] as const) {
    const given = levels.get(origin)?.given.get(name);
    if (given !== undefined) return { name, variable, value, origin, written: given.written };
  }
  return { name, variable, value, origin: 'default', written: 'default' };
}

function problemLine(entry: Entry, invalid: InvalidValue): string {
  const where = entry.written.includes(entry.name) ? entry.written : `${entry.name} (${entry.written})`;
  return `${where}: ${showRaw(entry.variable, invalid.raw)} is not allowed: it must be ${invalid.allowed}`;
}

/** `{{env}}` in defaults; what somebody gave is taken as it is. */
function fillEnv(entries: readonly Effective[]): readonly Effective[] {
  const env = entries.find(({ name }) => name === 'env')?.value;
  if (typeof env !== 'string') return entries;
  return entries.map((entry) =>
    entry.origin === 'default' && typeof entry.value === 'string'
      ? { ...entry, value: entry.value.replaceAll('{{env}}', () => env) }
      : entry,
  );
}

function unknownNames(levels: ReadonlyMap<string, Level>, sources: ConfigSources): Notices['unknown'] {
  const suffix = ` in ${sources.file ?? ''}`;
  const found = [
    {
      where: sources.file ?? '',
      names: (levels.get('file')?.unknown ?? []).map((name) => name.slice(0, name.length - suffix.length)),
    },
    {
      where: 'the environment',
      names: (levels.get('environment')?.unknown ?? []).map((name) => name.replace('environment variable ', '')),
    },
  ];
  return found.filter(({ names }) => names.length > 0);
}
