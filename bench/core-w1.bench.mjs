// W1: parse, filter, emit a small record keyed by the user.
//   npm run bench -- core-w1 [--records 1000000] [--runs 3] [--contestants millrace,...] [--profile FOLDER] [--json FILE]
import { runCore } from './core/bed.mjs';

export const main = (args) => runCore('w1', args);
