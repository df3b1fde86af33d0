import { ExitCode } from '../exit-code.js';
import type { Session } from './session.js';

/** Prints the job's graph. Connects to nothing. */
export async function describeCommand({ io, job, context, options }: Session): Promise<ExitCode> {
  const { graph } = await job.definition.create(context);
  const text = graph.describe(options.format as 'text' | 'json' | 'mermaid' | undefined);
  io.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  return ExitCode.Done;
}
