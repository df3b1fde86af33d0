import { resolve } from 'node:path';
import { listStates, Savepoint, SetupError, stateEntries } from '@millrace/core';
import type { StateOwner, StateReader } from '@millrace/core';
import type { CommandContext, JobCommand } from '../command/job-command.js';
import { defineCommand } from '../command/job-command.js';
import { flagOption, numberOption, textOption } from '../command/option.js';
import type { JobDefinition } from '../job-definition.js';
import { renderTable } from '../report/table.js';

interface TaskReader {
  readonly owner: StateOwner;
  readonly reader: StateReader;
}

const savepointOption = textOption({
  doc: 'folder of a savepoint to look into, in the place of the state of the stopped job',
  placeholder: 'dir',
});

/**
 * `state list` and `state get`: what a savepoint or a stopped job remembers. Read only.
 *
 * @param definition undefined while help is printed for no job
 */
export function stateCommands(definition: JobDefinition | undefined): readonly JobCommand[] {
  return [
    defineCommand({
      name: 'state list',
      description: 'operators and states, with how many entries each has',
      groupDescription: 'what a savepoint or a stopped job remembers',
      needsBackend: false,
      options: { savepoint: savepointOption },
      run: (context, { savepoint }) =>
        withTasks(definition, context, savepoint, (tasks) => {
          const rows = tasks.flatMap(({ owner, reader }) =>
            listStates(reader)
              .filter(({ kind, entries }) => kind !== 'set' || entries > 0)
              .map(({ operator, name, ...rest }) => ({
                task: owner.split,
                uid: operator,
                name,
                ...rest,
              })),
          );
          print(context, rows, ['task', 'uid', 'name', 'kind', 'serializer', 'entries']);
        }),
    }),
    defineCommand({
      name: 'state get',
      description: "values of one operator's state",
      needsBackend: false,
      options: {
        savepoint: savepointOption,
        uid: textOption({ doc: 'uid of the operator', required: true }),
        name: textOption({ doc: 'name of the state', required: true }),
        key: textOption({ doc: 'key whose values are shown (default: all keys)' }),
        number: flagOption({ doc: 'the key is a number, not a text' }),
        limit: numberOption({ doc: 'values at most', default: 1_000, min: 1, integer: true }),
      },
      run: (context, { savepoint, uid, name, key, number, limit }) =>
        withTasks(definition, context, savepoint, (tasks) => {
          const rows: object[] = [];
          const wanted = key === undefined || !number ? key : Number(key);
          for (const { owner, reader } of tasks) {
            if (!listStates(reader).some((state) => state.operator === uid && state.name === name)) continue;
            for (const entry of stateEntries(reader, uid, name, wanted)) {
              if (rows.length >= limit) break;
              const { namespace, member, ...rest } = entry;
              rows.push({
                task: owner.split,
                ...rest,
                ...(namespace === '' ? {} : { window: Buffer.from(namespace, 'latin1').toString('base64') }),
                ...(member === undefined ? {} : { member }),
              });
            }
          }
          if (rows.length === 0) context.note('nothing is kept there');
          print(context, rows, ['task', 'key', 'window', 'member', 'value']);
        }),
    }),
  ];
}

async function withTasks(
  definition: JobDefinition | undefined,
  context: CommandContext,
  folder: string | undefined,
  look: (tasks: readonly TaskReader[]) => void,
): Promise<void> {
  if (folder !== undefined) {
    const savepoint = await Savepoint.open(resolve(context.cwd, folder));
    const { tasks } = savepoint.manifest;
    look(await Promise.all(tasks.map(async (task) => ({ owner: task.owner, reader: await savepoint.read(task) }))));
    return;
  }
  if (definition === undefined) throw new Error('no job was named');
  const job = await definition.create(context);
  try {
    if (!job.graph.isStateful) {
      throw new SetupError(
        'ERR_NO_STATE',
        `${definition.name} keeps no state: where it goes on is in its consumer group`,
      );
    }
    await job.connect(context.signal);
    const backend = job.options.stateBackend;
    if (backend === undefined) {
      throw new SetupError('ERR_NO_STATE', `${definition.name} keeps its state in memory: nothing is left of it now`);
    }
    const owners = await backend.owners(job.graph.jobName);
    const readers = await Promise.all(owners.map(async (owner) => ({ owner, reader: await backend.read(owner) })));
    look(readers.filter((each): each is TaskReader => each.reader !== undefined));
  } finally {
    await job.close();
  }
}

function print({ out, format }: CommandContext, rows: readonly object[], head: readonly string[]): void {
  if (format === 'json') {
    out.write(`${JSON.stringify(rows, (_name, value: unknown) => plain(value))}\n`);
    return;
  }
  const used = head.filter((name) => rows.length === 0 || rows.some((row) => name in row));
  const cell = (row: object, name: string): string => {
    const value = (row as Readonly<Record<string, unknown>>)[name];
    if (value === undefined) return '';
    return typeof value === 'string' || typeof value === 'number'
      ? String(value)
      : JSON.stringify(value, (_key, part: unknown) => plain(part));
  };
  out.write(
    renderTable(
      rows.map((row) => used.map((name) => cell(row, name))),
      { head: used },
    ),
  );
}

/** What JSON has no words for. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, each]) => [String(key), each as unknown]));
  return value instanceof Set ? [...(value as ReadonlySet<unknown>)] : value;
}
