import type { TestCertificates } from '../certificates.js';
import type { ServiceName } from '../service.js';

/** Ports of one server: `client` is the one that tests connect to, `internal` belongs to the server alone. */
export interface ServerPorts {
  readonly client: number;
  readonly internal: number;
}

/** How one service is run as a process of this machine. */
export interface ServerRecipe {
  readonly name: ServiceName;
  /** For people: product and version. */
  readonly title: string;
  /** Writes configuration and prepares empty data in `dir`. Runs once, before the first start. */
  prepare(dir: string, ports: ServerPorts): Promise<void>;
  /** The command line of the server, as an array: nothing goes through a shell. */
  command(dir: string, ports: ServerPorts): readonly string[];
  /** A line of its output that says that it is ready; the protocol is probed after it. */
  readonly readyLine: RegExp;
  /** The certificates that `prepare` made for the port that clients connect to, where that speaks TLS. */
  certificates?(dir: string): TestCertificates | undefined;
  /** Resolves when it is ready for its clients, where the probe does not tell; asked again until then. */
  ready?(host: string, port: number, certificates: TestCertificates | undefined): Promise<void>;
  /** How long a start may take, in ms; a loaded two-core machine needs ten times the quiet time. */
  readonly startTimeoutMs: number;
  /**
   * Whether the next `stop` should give the server time to end by itself: only to write something worth keeping.
   * Otherwise it is killed, its data are thrown away.
   */
  endsGracefully?(): boolean;
  /** Runs after a graceful end. */
  ended?(): Promise<void>;
}
