import type { ProducerRecord, SinkWriter } from '@millrace/core';

/** Records on their way at once: enough to fill requests, little enough to keep memory flat. */
const WINDOW = 5_000;

/** Writes all records, closes the writer, and gives their number; throws the first failure. */
export async function appendAll(
  writer: SinkWriter<ProducerRecord>,
  records: Iterable<ProducerRecord> | AsyncIterable<ProducerRecord>,
): Promise<number> {
  let failure: { readonly error: unknown } | undefined;
  let written = 0;
  const acknowledgement = {
    done: (): void => {
      written++;
    },
    failed: (error: unknown): void => {
      failure ??= { error };
    },
  };
  try {
    let given = 0;
    for await (const record of records) {
      writer.write(record, acknowledgement);
      if (++given % WINDOW === 0) await writer.flush();
      if (failure !== undefined) break;
    }
    await writer.flush();
  } finally {
    await writer.close();
  }
  if (failure !== undefined) throw failure.error;
  return written;
}
