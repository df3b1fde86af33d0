import type { AtomicKind, AtomicValue } from './cell-value.js';

/**
 * Which of two values of one write timestamp Cassandra keeps: it compares the bytes that it stores, unsigned, so that
 * -1 is larger than 1 (org.apache.cassandra.db.rows.Cells.reconcile, compareValues).
 *
 * @returns less than, equal to or greater than 0
 */
export function compareAsCql(kind: AtomicKind, left: AtomicValue, right: AtomicValue): number {
  return Buffer.compare(cqlBytes(kind, left), cqlBytes(kind, right));
}

/** The value in CQL's binary format. */
export function cqlBytes(kind: AtomicKind, value: AtomicValue): Buffer {
  switch (kind) {
    case 'text':
      return Buffer.from(value as string);
    case 'int': {
      const bytes = Buffer.allocUnsafe(4);
      bytes.writeInt32BE(value as number, 0);
      return bytes;
    }
    case 'double': {
      const bytes = Buffer.allocUnsafe(8);
      bytes.writeDoubleBE(value as number, 0);
      return bytes;
    }
    case 'timestamp': {
      const bytes = Buffer.allocUnsafe(8);
      bytes.writeBigInt64BE(BigInt(value as number), 0);
      return bytes;
    }
    case 'boolean':
      return Buffer.from([value === true ? 1 : 0]);
    case 'list<text>':
      return collection(
        (value as readonly string[]).length,
        (value as readonly string[]).map((text) => Buffer.from(text)),
      );
    case 'list<map<text,text>>': {
      const maps = value as readonly ReadonlyMap<string, string>[];
      return collection(maps.length, maps.map(mapBytes));
    }
  }
}

function mapBytes(map: ReadonlyMap<string, string>): Buffer {
  const entries = [...map].map(([key, value]): [Buffer, Buffer] => [Buffer.from(key), Buffer.from(value)]);
  entries.sort(([a], [b]) => Buffer.compare(a, b));
  return collection(map.size, entries.flat());
}

function collection(count: number, elements: readonly Buffer[]): Buffer {
  const int = (value: number): Buffer => {
    const bytes = Buffer.allocUnsafe(4);
    bytes.writeInt32BE(value, 0);
    return bytes;
  };
  return Buffer.concat([int(count), ...elements.flatMap((element) => [int(element.length), element])]);
}
