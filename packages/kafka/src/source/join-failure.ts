import type { Broker } from 'kafkajs';

interface Joining {
  joinGroup(request: object): Promise<unknown>;
  syncGroup(request: object): Promise<unknown>;
}

const watched = new WeakSet<Broker>();

/** Has a broker object of one consumer's own cluster tell when it refuses a member that joins; gives it back. */
export function watchJoin(broker: Broker, onFailure: () => void): Broker {
  if (watched.has(broker)) return broker;
  watched.add(broker);
  const target = broker as unknown as Joining;
  for (const step of ['joinGroup', 'syncGroup'] as const) {
    const ask = target[step].bind(broker);
    target[step] = async (request) => {
      try {
        return await ask(request);
      } catch (error) {
        onFailure();
        throw error;
      }
    };
  }
  return broker;
}
