//   npm start                  in this folder, after the workspace is built (npm run build at the root)
import { runExample } from '../run-example.mjs';

runExample(new URL('.', import.meta.url), {
  files: ['consumption', 'enrolments', 'aggregates', 'certificates', 'audit', 'failed'],
  rows: 2,
  // Windows of one event: what still waits for its window would be left to the next run, in the state.
  runOptions: ['--threshold.batch.read.size', '1'],
});
