import { showConfig } from '../config/show-config.js';
import { ExitCode } from '../exit-code.js';
import type { Session } from './session.js';

/** `config JOB show|check`: an unusable configuration ended the command before it got here. */
export function configCommand({ io, config, options }: Session, action: 'show' | 'check' | undefined): ExitCode {
  if (action !== 'check') io.stdout.write(showConfig(config, options.format === 'json' ? 'json' : 'text'));
  for (const { where, names } of config.notices.unknown) {
    io.stderr.write(`millrace: not used by this job, in ${where}: ${names.join(', ')}\n`);
  }
  return ExitCode.Done;
}
