import { createRequire } from 'node:module';

/** kafkajs as published: the copy that @millrace/kafka uses, in a process where that package is not loaded. */
export const { Kafka, logLevel } = createRequire(new URL('../../packages/kafka/package.json', import.meta.url))(
  'kafkajs',
);
