import { isRunning, probe, serviceNames, startServices } from '@millrace/testing';
import type { ServiceHandle, StartedServices } from '@millrace/testing';
import { createTables } from '../../support/world.js';

/** One set of services for all rows: theirs to pause, kill and restart. */
export type IntegrityServices = StartedServices<'kafka' | 'cassandra' | 'redis'>;

/** Keyspace of the rows that ask for none of their own. */
export const SHARED_KEYSPACE = 'integrity';

let services: IntegrityServices | undefined;

export async function startIntegrityServices(): Promise<void> {
  services = await startServices(['kafka', 'cassandra', 'redis'], { sources: ['process'], log: say });
  await createTables(services, SHARED_KEYSPACE);
}

export async function stopIntegrityServices(): Promise<void> {
  await services?.stop();
}

export function integrityServices(): IntegrityServices {
  if (services === undefined) throw new Error('the services of the rows were not started');
  return services;
}

/** Brings back what a row that failed left paused or dead, so that it takes no other row with it. */
export async function healServices(): Promise<void> {
  const all = integrityServices();
  for (const name of serviceNames) {
    const service: ServiceHandle = all[name];
    if (service.pid !== undefined && isRunning(service.pid)) await service.resume();
    else await service.restart();
    await probe(name, service.host, service.port, 60_000);
  }
}

function say(line: string): void {
  process.stderr.write(`services: ${line}\n`);
}
