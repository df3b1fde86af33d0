import type { SourceHost } from '@millrace/core';
import type { PartitionSplit } from './leases.js';

/** Says and counts that the records from `from` to before `to` went before they were read; `to` is where reading goes on. */
export function tellMissed(
  host: Pick<SourceHost<never>, 'logger' | 'missed'>,
  { id, topic, partition }: PartitionSplit,
  from: number,
  to: number,
): void {
  host.logger.error(
    { topic, partition, from, to, count: to - from },
    'records were deleted before they were read (retention): going on behind them',
  );
  host.missed(id, from, to);
}
