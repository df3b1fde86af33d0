import type { RepartitionTopics } from '../../repartition/repartition-topics.js';
import type { TestTopics } from '../test-topics.js';

/**
 * Repartition topics in memory, for tests of a whole graph: they are `<job>-<uid>-repartition` in `topics`.
 *
 * @param partitions of each topic that is not there yet
 */
export function testRepartition(topics: TestTopics, partitions = 1): RepartitionTopics {
  return {
    kind: 'test',
    topic: (name) => {
      if (!topics.has(name)) topics.create(name, partitions);
      return {
        sink: topics.sink(name),
        source: topics.source(name),
        partitions: () => Promise.resolve(topics.committed(name).length),
      };
    },
  };
}
