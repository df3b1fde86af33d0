import type { AggregateUpdate } from '../domain/model.js';

/** activity_type, activity_id, user_id, context_id. Units are of type 'Course' too, as deployed. */
export function aggregateKey(
  update: Pick<AggregateUpdate, 'activityId' | 'userId' | 'batchId'>,
): readonly [string, string, string, string] {
  return ['Course', update.activityId, update.userId, `cb:${update.batchId}`];
}
