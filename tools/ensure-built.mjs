// Run before the command line of a checkout: installs and builds if something changed, in silence if not.
import { ensureBuilt, log } from './workspace.mjs';

try {
  await ensureBuilt();
} catch (error) {
  log(error.message);
  process.exitCode = 1;
}
