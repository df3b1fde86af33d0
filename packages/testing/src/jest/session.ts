import { servicesMode } from '../environment.js';
import { ServiceEnvironmentError, ServiceUnavailableError } from '../errors.js';
import { addressOf } from '../fixed-service.js';
import type { ServiceAddress, ServiceHandle, ServiceName } from '../service.js';
import { startService } from '../start-services.js';

/** The variable that tells the processes of one jest run which services it has, as JSON. */
export const sessionVariable = 'MILLRACE_TEST_SESSION';

/** What is known of a service in a jest run: its address, or why there is none. */
export type SessionEntry = { readonly address: ServiceAddress } | { readonly unavailable: string };

/** What a jest run has, by service. A service that no suite asked for is not in it. */
export type SessionEntries = Partial<Record<ServiceName, SessionEntry>>;

/** The services of one jest run, held by its main process. */
export interface Session {
  readonly entries: SessionEntries;
  /** Stops what was started for the run. */
  end(): Promise<void>;
}

/**
 * Gets the services for one jest run and publishes them to its workers through the environment.
 * With `MILLRACE_SERVICES=required` one that cannot be had rejects; otherwise its suites are registered as not run.
 */
export async function beginSession(names: readonly ServiceName[], log: (line: string) => void): Promise<Session> {
  const mode = servicesMode();
  const outcomes = await Promise.allSettled(names.map((name) => startService(name, { log })));
  const handles: ServiceHandle[] = [];
  const entries: SessionEntries = {};
  const failures: Error[] = [];
  outcomes.forEach((outcome, index) => {
    const name = names[index];
    if (!name) return;
    if (outcome.status === 'fulfilled') {
      handles.push(outcome.value);
      entries[name] = { address: addressOf(outcome.value) };
    } else if (outcome.reason instanceof ServiceUnavailableError && mode !== 'required') {
      entries[name] = { unavailable: outcome.reason.reason };
      log(outcome.reason.message);
    } else {
      failures.push(outcome.reason as Error);
    }
  });
  const end = async (): Promise<void> => {
    delete process.env[sessionVariable];
    await Promise.all(handles.map((handle) => handle.stop()));
  };
  if (failures.length > 0) {
    await end();
    throw new AggregateError(failures, failures.map((failure) => failure.message).join('\n'));
  }
  process.env[sessionVariable] = JSON.stringify(entries);
  return { entries, end };
}

/** What the jest run that this process belongs to has; undefined outside the integration project. */
export function currentSession(env: NodeJS.ProcessEnv = process.env): SessionEntries | undefined {
  const text = env[sessionVariable];
  if (!text) return undefined;
  try {
    return JSON.parse(text) as SessionEntries;
  } catch {
    throw new ServiceEnvironmentError(`${sessionVariable} is no JSON; it is set by jest's global setup, unset it`);
  }
}
