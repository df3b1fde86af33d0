import { certificatesObstacle } from '../certificates.js';
import { servicesMode } from '../environment.js';
import { fixedService } from '../fixed-service.js';
import { processObstacle } from '../local/start-process.js';
import type { ServiceHandle, ServiceHandles, ServiceName } from '../service.js';
import { startServices, type StartOptions, type StartedServices } from '../start-services.js';
import { currentSession } from './session.js';

/** How a suite wants its services. */
export interface DescribeOptions extends Pick<
  StartOptions,
  'kafkaProperties' | 'kafkaSecurity' | 'cassandraSecurity' | 'redisSecurity'
> {
  /**
   * true: servers of this suite alone, as local processes, started before its first test and stopped after its last;
   * they may be paused, killed and restarted. Costs a start (seconds) per suite.
   * @default false: the ones that all suites of the run share
   */
  readonly own?: boolean;
}

/** The part of jest that is used here; jest's globals, so that this package needs no jest to be loaded. */
interface JestGlobals {
  describe(title: string, body: () => void): void;
  test: { (title: string, body: () => void): void; skip(title: string, body: () => void): void };
  beforeAll(body: () => Promise<void>, timeoutMs: number): void;
  afterAll(body: () => Promise<void>, timeoutMs: number): void;
}

/** How titles of suites that could not be run begin; the reporter looks for it. */
export const notRunPrefix = 'not run: ';

/**
 * A `describe` block with real services.
 *
 * Where one of them cannot be had, the suite is registered as one skipped test whose title says why (a failing one with
 * `MILLRACE_SERVICES=required`), and `body` is not called. With shared services the addresses are known when `body`
 * runs; with `own: true` only from `beforeAll` on.
 *
 * @example
 * describeWithServices(['kafka'], 'kafka source', ({ kafka }) => {
 *   test('reads what was sent', async () => { const client = new Kafka({ brokers: [...kafka.addresses] }); });
 * });
 */
export function describeWithServices<N extends ServiceName>(
  names: readonly N[],
  title: string,
  body: (services: ServiceHandles<N>) => void,
  options: DescribeOptions = {},
): void {
  const jest = globalThis as unknown as JestGlobals;
  const found = options.own ? ownServices(names, options) : sharedServices(names);
  jest.describe(title, () => {
    if (typeof found !== 'string') {
      found.register?.(jest, options);
      body(found.handles);
    } else if (servicesMode() === 'required') {
      jest.test(`${notRunPrefix}${found}`, () => {
        throw new Error(`MILLRACE_SERVICES=required, but ${found}`);
      });
    } else {
      jest.test.skip(`${notRunPrefix}${found}`, () => undefined);
    }
  });
}

interface Found<N extends ServiceName> {
  readonly handles: ServiceHandles<N>;
  register?(jest: JestGlobals, options: DescribeOptions): void;
}

function sharedServices<N extends ServiceName>(names: readonly N[]): Found<N> | string {
  const session = currentSession();
  if (!session) return `no ${names.join(', no ')}: services are started for the jest project "integration" only`;
  const handles: Partial<Record<ServiceName, ServiceHandle>> = {};
  const missing: string[] = [];
  for (const name of names) {
    const entry = session[name];
    if (entry && 'address' in entry) handles[name] = fixedService(entry.address);
    // Why it is missing is said once per run, where the report lists the services.
    else if (entry) missing.push(`no ${name}`);
    else missing.push(`no ${name}: the global setup did not see that this file asks for it; write names as literals`);
  }
  return missing.length > 0 ? missing.join(', ') : { handles: handles as ServiceHandles<N> };
}

const START_TIMEOUT_MS = 600_000;

function ownServices<N extends ServiceName>(names: readonly N[], options: DescribeOptions): Found<N> | string {
  const off = servicesMode() === 'off' ? 'MILLRACE_SERVICES=off' : undefined;
  const missing = names.flatMap((name) => {
    const obstacle = off ?? processObstacle(name);
    return obstacle ? [`no ${name} as a local process: ${obstacle}`] : [];
  });
  const secured = [options.kafkaSecurity, options.cassandraSecurity, options.redisSecurity];
  const certificates = secured.some((security) => security?.tls) ? certificatesObstacle() : undefined;
  if (certificates !== undefined) missing.push(certificates);
  if (missing.length > 0) return missing.join('; ');
  let started: StartedServices<N> | undefined;
  const handles = {} as ServiceHandles<N>;
  for (const name of names) {
    Object.defineProperty(handles, name, {
      enumerable: true,
      get() {
        if (!started) throw new Error(`${name} is started in beforeAll: use it in tests and hooks only`);
        return started[name];
      },
    });
  }
  return {
    handles,
    register(jest, options) {
      jest.beforeAll(async () => {
        started = await startServices(names, { ...options, sources: ['process'] });
      }, START_TIMEOUT_MS);
      jest.afterAll(async () => {
        await started?.stop();
      }, START_TIMEOUT_MS);
    },
  };
}
