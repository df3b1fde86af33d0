import { MillraceError } from '@millrace/core';

/** A row or set holds what it cannot hold: the request that needs it is to blame, not the store. */
export class StoreDataError extends MillraceError {
  constructor(where: string, problem: string) {
    super('ERR_STORE_DATA', `${where}: ${problem}`);
  }
}
