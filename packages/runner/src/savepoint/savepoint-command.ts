import { resolve } from 'node:path';
import { SavepointInProgress } from '@millrace/core';
import type { CommandContext, JobCommand } from '../command/job-command.js';
import { defineCommand } from '../command/job-command.js';
import { flagOption, textOption, textsOption } from '../command/option.js';
import type { Config } from '../config/variable.js';
import { UsageError } from '../errors.js';
import type { runnerVariables } from '../config/shared/runner-variables.js';
import { renderTable } from '../report/table.js';
import { askProcess } from './ask-process.js';
import { findControl } from './control-file.js';

interface Process {
  readonly url: string;
  readonly token: string | undefined;
}

/** `savepoint`: asks the running processes of a job for one savepoint, complete or nothing. */
export const savepointCommand: JobCommand = defineCommand({
  name: 'savepoint',
  description: 'save the state of the running job, for another run to begin with',
  needsBackend: false,
  options: {
    out: textOption({
      doc: 'new folder for the savepoint, as the processes see it',
      placeholder: 'dir',
      required: true,
    }),
    process: textsOption({
      doc: 'address of a process of the job, http://HOST:PORT; all of them must be named',
      placeholder: 'url',
      check: (value) => (isUrl(value) ? undefined : 'must be an address like http://127.0.0.1:9464.'),
    }),
    stop: flagOption({ doc: 'stop the job; the savepoint is its last checkpoint' }),
    drain: flagOption({ doc: 'with --stop: end event time first, so that windows and event-time timers fire' }),
  },
  async run(context, { out, process: urls, stop, drain }) {
    if (drain && !stop) throw new UsageError('--drain goes with --stop: event time cannot go on after its end');
    const processes = await processesOf(context, urls);
    const inProgress = await SavepointInProgress.begin(resolve(context.cwd, out));
    let parts;
    try {
      const request = { folder: inProgress.folder, stop, drain };
      parts = await Promise.all(processes.map(({ url, token }) => askProcess(url, token, request, context.signal)));
    } catch (error) {
      await inProgress.abandon();
      throw error;
    }
    const manifest = await inProgress.complete(parts.flat(), context.clock.now());
    const rows = manifest.tasks.map(({ owner, entries }) => ({ task: owner.split, entries }));
    context.out.write(
      context.format === 'json'
        ? `${JSON.stringify({ id: manifest.id, job: manifest.jobName, folder: resolve(context.cwd, out), tasks: rows })}\n`
        : renderTable(
            rows.map(({ task, entries }) => [task, entries]),
            { head: ['task', 'entries'] },
          ),
    );
  },
});

async function processesOf(context: CommandContext, urls: readonly string[]): Promise<readonly Process[]> {
  const config = context.config as unknown as Config<typeof runnerVariables>;
  const token = config.get('http.token');
  if (urls.length > 0) return urls.map((url) => ({ url, token }));
  if (context.embedded !== undefined) {
    const folder = resolve(context.cwd, context.embedded);
    const control = await findControl(folder);
    if (control === undefined) throw new UsageError(`no process runs a job on ${folder}`);
    return [control];
  }
  const port = config.get('http.port');
  if (port === undefined || port === 0) {
    throw new UsageError(
      'where the job runs is not known: give --embedded DIR, --process URL for each of its processes, or the http.port ' +
        'that it runs with',
    );
  }
  return [{ url: `http://${config.get('http.host')}:${String(port)}`, token }];
}

function isUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
