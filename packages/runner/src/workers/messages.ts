import type { SavepointRequest } from '../savepoint/savepoint-request.js';
import type { JobCounts } from '../job-definition.js';

/** What the parent can ask a worker for. */
export type Question = 'metrics' | 'live' | 'ready' | 'savepoint';

/** Parent to worker. `stop` and `stop-now` are the first and the second request to end. */
export type ToWorker =
  | { readonly type: 'stop' }
  | { readonly type: 'stop-now' }
  | { readonly type: 'ask'; readonly id: number; readonly what: Question; readonly savepoint?: SavepointRequest };

/** Worker to parent. */
export type ToParent =
  | { readonly type: 'progress'; readonly counts: JobCounts; readonly note: string }
  | { readonly type: 'result'; readonly counts: JobCounts; readonly restarts: number; readonly missed: number }
  | { readonly type: 'answer'; readonly id: number; readonly answer: unknown };
