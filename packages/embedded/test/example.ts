import { EmbeddedStore } from '@millrace/embedded';

export async function example(directory: string): Promise<string[]> {
  const store = await EmbeddedStore.open(directory);

  await store.log.createTopic('orders', 4);
  await store.log.append('orders', [{ key: 'ada', value: 'tea' }]);

  const customers = store.table('customers', {
    key: ['country', 'name'],
    columns: { city: 'text', visits: 'int', seen: 'map<text,timestamp>' },
  });
  const timestamp = BigInt(Date.now()) * 1000n;
  await customers.write({
    key: ['uk', 'ada'],
    timestamp,
    set: { city: 'London', visits: 1 },
    merge: { seen: new Map([['web', Date.now()]]) },
  });

  await store.sets.replace('teas', ['assam', 'darjeeling']);

  const found: string[] = [];
  for (const order of store.log.readAll('orders')) found.push(String(order.value));
  for (const row of customers.scan({ prefix: ['uk'] })) found.push(row.get('city') ?? 'nowhere');
  found.push(...store.sets.members('teas'));

  await store.close();
  return found;
}
