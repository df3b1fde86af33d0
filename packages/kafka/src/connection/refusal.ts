import { type SetupError, tlsRefusal } from '@millrace/core';
import { isAccessError, withCauses } from '../error-kind.js';
import { KafkaAccessError, KafkaTlsError } from '../errors.js';

/** The error to end with where the brokers refused us, or we them: waiting mends nothing. Undefined for all others. */
export function refusal(address: string, error: unknown): SetupError | undefined {
  if (error instanceof KafkaAccessError || error instanceof KafkaTlsError) return error;
  for (const each of withCauses(error)) {
    const problem = tlsRefusal(each);
    if (problem !== undefined) return new KafkaTlsError(address, readable(problem), error);
  }
  return isAccessError(error) ? new KafkaAccessError(address, error) : undefined;
}

/** kafkajs keeps only the text of what the socket said: numbers, the reason, and places in OpenSSL. */
function readable(problem: string): string {
  return problem.replace(/^Connection error: /, '').replace(/^.*SSL routines:[^:]*:([^:]+):.*( \(\w+\))$/, '$1$2');
}
