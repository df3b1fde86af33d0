import { SetupError } from '@millrace/core';

import { replyCode } from './errors.js';

/** Certificate and key problems, as Node names them: trying again cannot cure them. */
const TLS_CODES = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** The SetupError for an error that no retry can cure, undefined for every other. */
export function asSetupError(error: Error, address: string, db: number): SetupError | undefined {
  const reply = replyCode(error.message);
  if (reply === 'NOAUTH' || reply === 'WRONGPASS' || /invalid (username-)?password/i.test(error.message)) {
    return new SetupError('ERR_REDIS_CREDENTIALS', `redis at ${address} refused the credentials: ${error.message}`, {
      cause: error,
    });
  }
  if (reply === 'NOPERM') {
    return new SetupError('ERR_REDIS_PERMISSION', `redis at ${address} refused this user: ${error.message}`, {
      cause: error,
    });
  }
  if (/DB index is out of range|invalid DB index|SELECT is not allowed/i.test(error.message)) {
    return new SetupError(
      'ERR_REDIS_DB',
      `redis at ${address} has no database ${String(db)} (${error.message}): set another index or raise "databases" on the server`,
      { cause: error },
    );
  }
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (TLS_CODES.has(code) || code.startsWith('ERR_OSSL_') || code.startsWith('ERR_TLS_INVALID')) {
    return new SetupError(
      'ERR_REDIS_TLS',
      `redis at ${address}: the TLS certificate cannot be used: ${error.message} (${code})`,
      {
        cause: error,
      },
    );
  }
  return undefined;
}
