import { CertificateError, certificateProblem, type SetupError } from '@millrace/core';
import { isAccessError } from '../error-kind.js';
import { KafkaAccessError } from '../errors.js';

/** The error to end with where the brokers refused us, or we them: waiting mends nothing. Undefined for all others. */
export function refusal(address: string, error: unknown): SetupError | undefined {
  if (error instanceof KafkaAccessError || error instanceof CertificateError) return error;
  const problem = certificateProblem(error);
  if (problem !== undefined) return new CertificateError('Kafka', address, problem, error);
  return isAccessError(error) ? new KafkaAccessError(address, error) : undefined;
}
