import { connect, type Socket } from 'node:net';

/**
 * Just enough of each protocol to write something and to find it again: this package has no client library.
 * `write` leaves a trace called `name`, `has` says whether the server knows it.
 */
export interface RawClient {
  write(port: number, name: string): Promise<void>;
  has(port: number, name: string): Promise<boolean>;
}

/** Sends one request at a time and collects bytes until `complete` says that the answer is whole. */
async function exchange(port: number, requests: Buffer[], complete: (bytes: Buffer) => boolean): Promise<Buffer> {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    let answer: Buffer = Buffer.alloc(0);
    for (const request of requests) {
      socket.write(request);
      answer = await read(socket, complete);
    }
    return answer;
  } finally {
    socket.destroy();
  }
}

function read(socket: Socket, complete: (bytes: Buffer) => boolean): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let bytes: Buffer = Buffer.alloc(0);
    const onData = (chunk: Buffer): void => {
      bytes = Buffer.concat([bytes, chunk]);
      if (complete(bytes)) {
        socket.off('data', onData);
        resolve(bytes);
      }
    };
    socket.on('data', onData);
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('connection closed')));
  });
}

const redis: RawClient = {
  async write(port, name) {
    await exchange(port, [Buffer.from(`SET ${name} 1\r\n`)], (bytes) => bytes.includes('\r\n'));
  },
  async has(port, name) {
    const answer = await exchange(port, [Buffer.from(`EXISTS ${name}\r\n`)], (bytes) => bytes.includes('\r\n'));
    return answer.toString().startsWith(':1');
  },
};

const int16 = (value: number): Buffer => Buffer.from([(value >> 8) & 0xff, value & 0xff]);
const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const shortText = (text: string): Buffer => Buffer.concat([int16(Buffer.byteLength(text)), Buffer.from(text)]);
const longText = (text: string): Buffer => Buffer.concat([int32(Buffer.byteLength(text)), Buffer.from(text)]);

// Native protocol v4: version, flags, stream, opcode, length.
const cqlFrame = (opcode: number, body: Buffer): Buffer =>
  Buffer.concat([Buffer.from([4, 0, 0, 0, opcode]), int32(body.length), body]);
const cqlStartup = cqlFrame(0x01, Buffer.concat([int16(1), shortText('CQL_VERSION'), shortText('3.0.0')]));
const cqlComplete = (bytes: Buffer): boolean => bytes.length >= 9 && bytes.length >= 9 + bytes.readInt32BE(5);

async function cql(port: number, text: string): Promise<Buffer> {
  const query = cqlFrame(0x07, Buffer.concat([longText(text), int16(1), Buffer.from([0])]));
  const answer = await exchange(port, [cqlStartup, query], cqlComplete);
  if (answer[4] === 0) throw new Error(`${text}: ${answer.subarray(15).toString()}`);
  return answer;
}

const cassandra: RawClient = {
  async write(port, name) {
    await cql(
      port,
      "CREATE KEYSPACE IF NOT EXISTS raw WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
    );
    await cql(port, 'CREATE TABLE IF NOT EXISTS raw.names (name text PRIMARY KEY)');
    await cql(port, `INSERT INTO raw.names (name) VALUES ('${name}')`);
  },
  async has(port, name) {
    const rows = await cql(port, 'SELECT name FROM raw.names');
    return rows.includes(longText(name));
  },
};

// Request: length, api key, api version, correlation id, client id.
const kafkaFrame = (apiKey: number, version: number, body: Buffer): Buffer => {
  const request = Buffer.concat([int16(apiKey), int16(version), int32(7), shortText('raw'), body]);
  return Buffer.concat([int32(request.length), request]);
};
const kafkaComplete = (bytes: Buffer): boolean => bytes.length >= 4 && bytes.length >= 4 + bytes.readInt32BE(0);

const kafka: RawClient = {
  async write(port, name) {
    // CreateTopics v2: one topic, one partition, one replica, no assignment, no settings; timeout, validate only.
    const topic = [int32(1), shortText(name), int32(1), int16(1), int32(0), int32(0)];
    const body = Buffer.concat([...topic, int32(10_000), Buffer.from([0])]);
    await exchange(port, [kafkaFrame(19, 2, body)], kafkaComplete);
  },
  async has(port, name) {
    // Metadata v1 of all topics, the names are in it as they are.
    const answer = await exchange(port, [kafkaFrame(3, 1, int32(-1))], kafkaComplete);
    return answer.includes(shortText(name));
  },
};

export const rawClients = { kafka, cassandra, redis };
