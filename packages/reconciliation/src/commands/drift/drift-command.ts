import { defineCommand, flagOption, numberOption, textOption } from '@millrace/runner';
import type { CommandContext } from '@millrace/runner';
import type { ReconciliationVariables } from '../../config.js';
import { anyIdOptions, enrolmentOptions } from '../enrolment-options.js';

/** `drift`: what requests would change, for all enrolments of a course or batch. */
export const driftCommand = defineCommand({
  name: 'drift',
  description: 'which enrolments of a course or batch are stale; reads only',
  options: {
    course: enrolmentOptions.course,
    batch: anyIdOptions.batch,
    out: textOption({
      doc: 'write the stale ones to it, as JSON Lines that request --file takes',
      placeholder: 'file',
    }),
    resume: textOption({
      doc: 'by which an interrupted scan goes on (default: the file of --out with .resume behind its name)',
      placeholder: 'file',
    }),
    restart: flagOption({ doc: 'begin anew where an interrupted scan would go on' }),
    rate: numberOption({ doc: 'rows read in a second at most', default: 10_000, min: 1, max: 10_000_000 }),
  },
  async run(context: CommandContext<ReconciliationVariables>, values) {
    // A job that runs never needs it: it is loaded where somebody asks.
    const { runDrift } = await import('./run-drift.js');
    await runDrift(context, values);
  },
});
