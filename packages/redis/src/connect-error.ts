import { SetupError, tlsRefusal } from '@millrace/core';

import { replyCode } from './errors.js';

/** The SetupError for an error that no retry can cure, undefined for every other. */
export function asSetupError(error: Error, address: string, db: number): SetupError | undefined {
  const setup = (code: string, text: string): SetupError =>
    new SetupError(code, `redis at ${address}${text}`, { cause: error });
  const reply = replyCode(error.message);
  if (reply === 'NOAUTH' || reply === 'WRONGPASS' || /invalid (username-)?password/i.test(error.message)) {
    return setup('ERR_REDIS_CREDENTIALS', ` refused the credentials: ${error.message}`);
  }
  if (reply === 'NOPERM') return setup('ERR_REDIS_PERMISSION', ` refused this user: ${error.message}`);
  if (/DB index is out of range|invalid DB index|SELECT is not allowed/i.test(error.message)) {
    return setup(
      'ERR_REDIS_DB',
      ` has no database ${String(db)} (${error.message}): set another index or raise "databases" on the server`,
    );
  }
  const tls = tlsRefusal(error);
  return tls === undefined ? undefined : setup('ERR_REDIS_TLS', `: TLS cannot be used: ${tls}`);
}
