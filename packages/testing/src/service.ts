import type { TestCertificates } from './certificates.js';

/** The services that tests of this workspace talk to. */
export type ServiceName = 'kafka' | 'cassandra' | 'redis';

/** All names, in the order in which reports list them. */
export const serviceNames: readonly ServiceName[] = ['kafka', 'cassandra', 'redis'];

/** Where a service came from: an endpoint in the environment, a container, or a process on this machine. */
export type ServiceSource = 'environment' | 'container' | 'process';

/** The order in which sources are tried. */
export const serviceSources: readonly ServiceSource[] = ['environment', 'container', 'process'];

/** What can be handed from the process that started a service to one that uses it: plain JSON. */
export interface ServiceAddress {
  readonly name: ServiceName;
  readonly source: ServiceSource;
  /** Host of the first address. */
  readonly host: string;
  /** Port of the first address. */
  readonly port: number;
  /** Every address as `host:port`; more than one only for a Kafka given by the environment. */
  readonly addresses: readonly string[];
  /** For people: the version and how it runs, e.g. `Kafka 4.3.1, local process 4711`. */
  readonly description: string;
}

/**
 * A running service and the faults that a test may cause in it.
 *
 * Only a service whose `source` is `process` can be paused, killed and restarted; on the others these reject with
 * `ERR_SERVICE_NOT_CONTROLLABLE`. Ask for `sources: ['process']` where a suite needs them. Faults hit every user of the
 * service, so never cause them in one that other suites share.
 */
export interface ServiceHandle extends ServiceAddress {
  /** Process id of the server itself, undefined while it is down and for services that are no process of ours. */
  readonly pid: number | undefined;
  /** What its clients need where it was started with TLS; the files go away with the service. */
  readonly certificates?: TestCertificates | undefined;
  /** Stops the server's clock (SIGSTOP): connections stay open and nothing answers. */
  pause(): Promise<void>;
  /** Lets a paused server go on (SIGCONT). */
  resume(): Promise<void>;
  /** Ends the server at once (SIGKILL), as a crash would; its data stay. Resolves when the process is gone. */
  kill(): Promise<void>;
  /** Starts the server again on the same port and data, killing it first if it runs. Resolves when it answers. */
  restart(): Promise<void>;
  /** Ends the server and removes its data. Does nothing to a service that the environment gave. */
  stop(): Promise<void>;
}

/** Services by name, as `startServices` returns them. */
export type ServiceHandles<N extends ServiceName = ServiceName> = { readonly [K in N]: ServiceHandle };
