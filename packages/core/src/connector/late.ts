import type { RepartitionTopic, RepartitionTopics } from '../repartition/repartition-topics.js';
import type { StateBackend } from '../state/state-backend.js';
import type { Sink } from './sink.js';
import type { Source } from './source.js';

/**
 * A source that is made when it is opened: a graph is built without any I/O, and what it stands on (a connection, an
 * open store) is there only later.
 *
 * @param kind as the source will say it, for `describe`
 */
export function lateSource<T>(kind: string, description: string, make: () => Source<T>): Source<T> {
  return { kind, description, open: async (host) => make().open(host) };
}

/** A sink that is made when it is opened. @see lateSource */
export function lateSink<T>(kind: string, description: string, make: () => Sink<T>): Sink<T> {
  return { kind, description, open: async (host) => make().open(host) };
}

/** Repartition topics that are made when they are opened. @see lateSource */
export function lateRepartition(kind: string, make: () => RepartitionTopics): RepartitionTopics {
  return {
    kind,
    topic(name): RepartitionTopic {
      return {
        sink: lateSink(kind, name, () => make().topic(name).sink),
        source: lateSource(kind, name, () => make().topic(name).source),
        partitions: async () => make().topic(name).partitions(),
      };
    },
  };
}

/**
 * A state backend that is made when it is first asked. Closing it is up to whoever made it.
 * @see lateSource
 */
export function lateStateBackend(make: () => StateBackend): StateBackend {
  return {
    claim: async (owner) => make().claim(owner),
    owners: async (jobName) => make().owners(jobName),
    read: async (owner) => make().read(owner),
  };
}
