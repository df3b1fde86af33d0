// W2: behind the filter a count and the last time of each user, kept on LMDB every second, every update emitted.
//   npm run bench -- core-w2 [--records 1000000] [--runs 3] [--contestants millrace,...] [--profile FOLDER] [--json FILE]
import { runCore } from './core/bed.mjs';

export const main = (args) => runCore('w2', args);
