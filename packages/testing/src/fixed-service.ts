import { ServiceNotControllableError } from './errors.js';
import type { ServiceAddress, ServiceHandle } from './service.js';

/** A handle on a service that is not ours to break: it can be used, and `stop` runs what its starter left to do. */
export function fixedService(
  address: ServiceAddress,
  onStop: () => Promise<void> = () => Promise.resolve(),
): ServiceHandle {
  const refuse = (action: string) => (): Promise<void> =>
    Promise.reject(new ServiceNotControllableError(address.name, action, address.source));
  return {
    ...address,
    pid: undefined,
    pause: refuse('pause'),
    resume: refuse('resume'),
    kill: refuse('kill'),
    restart: refuse('restart'),
    stop: onStop,
  };
}

/** The part of a handle that can be handed to another process as JSON. */
export function addressOf(service: ServiceAddress): ServiceAddress {
  const { name, source, host, port, addresses, description } = service;
  return { name, source, host, port, addresses, description };
}
