/** The fields of kafkajs's errors that matter here; read from anything that was thrown. */
interface ErrorShape {
  readonly name?: unknown;
  readonly type?: unknown;
  readonly code?: unknown;
  readonly message?: unknown;
  readonly retriable?: unknown;
  readonly cause?: unknown;
  readonly errors?: unknown;
}

/** The error and its causes, outermost first (kafkajs wraps up to three deep; 10 guards against a loop). */
export function* withCauses(error: unknown): Generator<ErrorShape> {
  let current = error;
  for (let depth = 0; depth < 10 && typeof current === 'object' && current !== null; depth++) {
    const shape = current as ErrorShape;
    yield shape;
    if (Array.isArray(shape.errors) && shape.errors.length > 0) yield shape.errors[0] as ErrorShape;
    current = shape.cause;
  }
}

/** Kafka's name of the error (`MESSAGE_TOO_LARGE`), from the error itself or from what caused it. */
export function protocolErrorType(error: unknown): string | undefined {
  for (const shape of withCauses(error)) if (typeof shape.type === 'string') return shape.type;
  return undefined;
}

const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);

/** Whether the broker refused a batch for its size. */
export function isTooLarge(error: unknown): boolean {
  return TOO_LARGE.has(protocolErrorType(error) ?? '');
}

const ACCESS = new Set([
  'SASL_AUTHENTICATION_FAILED',
  'UNSUPPORTED_SASL_MECHANISM',
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
]);

/** Whether credentials or permissions are to blame: trying again is useless until somebody mends them. */
export function isAccessError(error: unknown): boolean {
  for (const shape of withCauses(error)) {
    if (shape.name === 'KafkaJSSASLAuthenticationError') return true;
    if (typeof shape.type === 'string' && ACCESS.has(shape.type)) return true;
  }
  return false;
}

const OUTAGE = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSBrokerNotFound',
  'KafkaJSGroupCoordinatorNotFound',
]);

/** Whether a broker could not be reached, or went away: the request may have been carried out. */
export function isOutage(error: unknown): boolean {
  for (const shape of withCauses(error)) if (typeof shape.name === 'string' && OUTAGE.has(shape.name)) return true;
  return false;
}

/** Whether the other side took the connection and closed it again. */
export function isConnectionClosed(error: unknown): boolean {
  for (const shape of withCauses(error)) {
    if (shape.name === 'KafkaJSConnectionClosedError' || shape.code === 'ECONNRESET') return true;
    if (typeof shape.message === 'string' && /closed connection|disconnected before secure/i.test(shape.message))
      return true;
  }
  return false;
}

const REBALANCE = new Set(['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION', 'NOT_COORDINATOR_FOR_GROUP']);

/** Whether the group is being rebalanced: the member has to join again, its assignment ends. */
export function isRebalance(error: unknown): boolean {
  return REBALANCE.has(protocolErrorType(error) ?? '');
}

/** Whether the coordinator has thrown this member out: its partitions may be somebody else's already. */
export function isEvicted(error: unknown): boolean {
  const type = protocolErrorType(error);
  return type === 'UNKNOWN_MEMBER_ID' || type === 'FENCED_INSTANCE_ID';
}

const OF_THE_RECORD = new Set([
  'INVALID_TIMESTAMP',
  'INVALID_RECORD',
  'CORRUPT_MESSAGE',
  'UNSUPPORTED_COMPRESSION_TYPE',
]);

/** Whether the record itself is to blame: the broker will never take it, whatever the time. */
export function isRecordError(error: unknown): boolean {
  return OF_THE_RECORD.has(protocolErrorType(error) ?? '');
}

const DEFECTS = new Set(['TypeError', 'RangeError', 'ReferenceError', 'SyntaxError']);

/**
 * Whether trying the same again may succeed later: connections, timeouts, leaders on the move, a missing topic or
 * permission that an operator can give back. Not retriable: what is wrong with the records themselves, and defects.
 *
 * @param error anything thrown by this package or by kafkajs
 */
export function isRetriable(error: unknown): boolean {
  if (isTooLarge(error) || isRecordError(error)) return false;
  for (const shape of withCauses(error)) if (typeof shape.name === 'string' && DEFECTS.has(shape.name)) return false;
  return true;
}
