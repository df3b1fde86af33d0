import { defineCommand, timeOption } from '@millrace/runner';
import type { CommandContext } from '@millrace/runner';
import type { ReconciliationVariables } from '../../config.js';
import { enrolmentOptions } from '../enrolment-options.js';

/** `explain`: why an enrolment is as it is, and what a request for it would do now. */
export const explainCommand = defineCommand({
  name: 'explain',
  description: 'why an enrolment is as it is, and what a request would do now; reads only',
  options: {
    ...enrolmentOptions,
    time: timeOption({ doc: 'time of the request that is tried (default: now)' }),
  },
  async run(context: CommandContext<ReconciliationVariables>, values) {
    // A job that runs never needs it: it is loaded where somebody asks.
    const { runExplain } = await import('./run-explain.js');
    await runExplain(context, values);
  },
});
