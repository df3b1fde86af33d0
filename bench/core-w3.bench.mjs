// W3: tumbling windows of 10 s of event time per course over half an hour, 2 s out of order, one record per window.
//   npm run bench -- core-w3 [--records 1000000] [--runs 3] [--contestants millrace,...] [--profile FOLDER] [--json FILE]
import { runCore } from './core/bed.mjs';

export const main = (args) => runCore('w3', args);
