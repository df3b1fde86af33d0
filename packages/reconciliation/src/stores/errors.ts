import { MillraceError, SetupError } from '@millrace/core';

/** A row or set holds what it cannot hold: the request that needs it is to blame, not the store. */
export class StoreDataError extends MillraceError {
  constructor(where: string, problem: string) {
    super('ERR_STORE_DATA', `${where}: ${problem}`);
  }
}

/** A scan goes by the tokens of Cassandra's default partitioner. */
export class PartitionerError extends SetupError {
  constructor(partitioner: string) {
    super(
      'ERR_PARTITIONER',
      `the cluster's partitioner is ${partitioner}, tables can be scanned with Murmur3Partitioner alone`,
    );
  }
}
