//   npm start                  in this folder, after the workspace is built (npm run build at the root)
import { runExample } from '../run-example.mjs';

runExample(new URL('.', import.meta.url), { files: ['attempts', 'aggregates'], rows: 3 });
