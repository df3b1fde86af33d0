import { messageOf, MillraceError, SetupError } from '@millrace/core';

/** The log takes no records of this kind or size; none of the group was written. */
export class RecordRefusedError extends MillraceError {
  constructor(cause: unknown) {
    super('ERR_RECORD_REFUSED', messageOf(cause), { cause });
  }
}

/** Two processes may not send back the events of one failed topic at the same time. Exit code 2, as for a folder in use. */
export class ReplayTakenOverError extends SetupError {
  constructor(topic: string, cause?: unknown) {
    super(
      'ERR_REPLAY_TAKEN_OVER',
      `another process began to send back the failed events of ${topic}, this one stopped; nothing was sent twice`,
      { cause },
    );
  }
}

/** The topic of the ledger would forget what was sent back while the failed event is still there. */
export class LedgerRetentionError extends SetupError {
  constructor(ledger: string, failed: string) {
    super(
      'ERR_LEDGER_RETENTION',
      `topic ${ledger} keeps its records for a shorter time than ${failed}, events could be sent back twice: ` +
        'set its retention.ms to -1 and its cleanup.policy to delete',
    );
  }
}

/** There is no failed event at this place. */
export class NoFailedEventError extends SetupError {
  constructor(topic: string, event: string, reason: string) {
    super('ERR_NO_FAILED_EVENT', `there is no failed event ${event} in ${topic}: ${reason}`);
  }
}

/** Something else was written to the ledger's topic; without knowing what was sent back nothing is sent. */
export class LedgerUnreadableError extends SetupError {
  constructor({ topic, partition, offset }: { topic: string; partition: number; offset: number }) {
    super(
      'ERR_LEDGER_UNREADABLE',
      `${topic}-${String(partition)}, offset ${String(offset)} is no record of what was sent back: ` +
        'only this command may write to that topic; nothing was sent',
    );
  }
}

/** The same group of events could not be written several times in a row. */
export class ReplayStuckError extends MillraceError {
  constructor(topic: string, cause: unknown) {
    super('ERR_REPLAY_STUCK', `events could not be sent back to ${topic}: ${messageOf(cause)}; run it again later`, {
      cause,
    });
  }
}
