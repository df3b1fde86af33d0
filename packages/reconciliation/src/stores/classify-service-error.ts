import { classifyCassandraError } from '@millrace/cassandra';
import { classifyRedisError } from '@millrace/redis';
import { storeErrorClassifier } from './store-error-classifier.js';

/** Who is to blame for an error while the job runs on Cassandra, Redis and the search service. */
export const classifyServiceError = storeErrorClassifier((error) => {
  if (error.code.startsWith('ERR_REDIS_')) return classifyRedisError(error);
  if (error.code.startsWith('ERR_CASSANDRA_')) return classifyCassandraError(error);
  return undefined;
});
