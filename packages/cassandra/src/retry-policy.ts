import { policies } from 'cassandra-driver';

const { RetryPolicy } = policies.retry;
type OperationInfo = Parameters<policies.retry.RetryPolicy['onUnavailable']>[0];
type Decision = policies.retry.DecisionInfo;

/** Hosts that one request is tried on before its error comes back: the operator above retries with back-off. */
const MAX_RETRIES = 2;

/** RetryPolicy.retryDecision.retry; the driver's types have it in another place than the driver. */
const RETRY = 1;
const SAME_HOST = true;
const NEXT_HOST = false;

/**
 * The driver's own retries, bounded. They cover what another host or a second try answers at once; waiting is the
 * operators' part. The driver asks about request errors and write timeouts only for idempotent statements, which ours
 * are unless said otherwise.
 */
export class BoundedRetryPolicy extends RetryPolicy {
  /** Too few replicas alive: another coordinator may see more of them. */
  override onUnavailable(info: OperationInfo): Decision {
    return info.nbRetry === 0 ? tryAgain(NEXT_HOST) : this.rethrowResult();
  }

  /** Enough replicas answered, the one asked for the data did not: a second try usually finds it. */
  override onReadTimeout(
    info: OperationInfo,
    _consistency: number,
    received: number,
    blockFor: number,
    isDataPresent: boolean,
  ): Decision {
    return info.nbRetry === 0 && received >= blockFor && !isDataPresent ? tryAgain(SAME_HOST) : this.rethrowResult();
  }

  /** Idempotent, so a second write does no harm: one more try on the same coordinator. */
  override onWriteTimeout(info: OperationInfo): Decision {
    return info.nbRetry === 0 ? tryAgain(SAME_HOST) : this.rethrowResult();
  }

  /** Connection lost, client timeout, overloaded, bootstrapping: the next host, within bounds. */
  override onRequestError(info: OperationInfo): Decision {
    return info.nbRetry < MAX_RETRIES ? tryAgain(NEXT_HOST) : this.rethrowResult();
  }
}

/** With the request's own consistency level; the driver's types do not know `useCurrentHost`. */
function tryAgain(useCurrentHost: boolean): Decision {
  const decision = { decision: RETRY, consistency: undefined, useCurrentHost };
  return decision as unknown as Decision;
}
