// The floor: a plain loop without a framework and without error handling. One request in flight, each fetch dealt with
// before the next.
import { brokers, count, folder, input, output, report, workload } from './arguments.mjs';

export async function runFloor({ createConsumer, createProducer, send }) {
  const { createLoop } = await import(`./floor-${workload}.mjs`);
  const loop = await createLoop(folder);
  const consumer = createConsumer({ brokers, groupId: output });
  const producer = createProducer();
  await Promise.all([consumer.connect(), producer.connect()]);
  await consumer.subscribe({ topic: input, fromBeginning: true });
  let read = 0;
  await new Promise((resolve, reject) => {
    const eachBatch = async ({ batch }) => {
      const records = [];
      for (const message of batch.messages) loop.process(message, records);
      loop.endOfBatch?.(records);
      for (let from = 0; from < records.length; from += 1000) {
        await send(producer, output, records.slice(from, from + 1000));
      }
      read += batch.messages.length;
      await loop.written?.(batch.lastOffset(), read >= count);
      if (read >= count) resolve();
    };
    consumer.run({ eachBatch }).catch(reject);
  });
  await Promise.all([consumer.disconnect(), producer.disconnect()]);
  await loop.close?.();
  report({ late: loop.late });
}
