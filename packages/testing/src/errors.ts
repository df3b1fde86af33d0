import type { ServiceName } from './service.js';

/** No source can give this service here; the message says why for each source that was tried. */
export class ServiceUnavailableError extends Error {
  readonly code = 'ERR_SERVICE_UNAVAILABLE';
  override readonly name = 'ServiceUnavailableError';

  constructor(
    readonly service: ServiceName,
    readonly reason: string,
  ) {
    super(`${service} is not available: ${reason}`);
  }
}

/** A server was started and did not become ready; the message ends with the last lines of its log. */
export class ServiceStartError extends Error {
  readonly code = 'ERR_SERVICE_START';
  override readonly name = 'ServiceStartError';

  constructor(
    readonly service: ServiceName,
    what: string,
    readonly logTail: string,
  ) {
    super(`${service} did not start: ${what}. The end of its log:\n${logTail || '(empty)'}`);
  }
}

/** A fault was asked of a service that is no process of ours. */
export class ServiceNotControllableError extends Error {
  readonly code = 'ERR_SERVICE_NOT_CONTROLLABLE';
  override readonly name = 'ServiceNotControllableError';

  constructor(service: ServiceName, action: string, source: string) {
    super(
      `cannot ${action} ${service}: it comes from source "${source}". ` +
        `Start it with sources: ['process'] (in jest: describeWithServices(..., { own: true })).`,
    );
  }
}

/** An endpoint variable or MILLRACE_SERVICES has a value that cannot be used. */
export class ServiceEnvironmentError extends Error {
  readonly code = 'ERR_SERVICE_ENVIRONMENT';
  override readonly name = 'ServiceEnvironmentError';
}

/** One line for a report: the message of an error, or the value as text. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
