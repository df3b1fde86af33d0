import { createRequire } from 'node:module';
import { describe, expect, test } from '@jest/globals';
import { adoptingWriteEncoder, framedBody, HEADROOM } from './framed-body.js';

interface Encoder {
  readonly buffer: Buffer;
  writeInt16(value: number): this;
  writeInt32(value: number): this;
  writeString(value: string): this;
  writeEncoder(value: unknown): this;
  size(): number;
}
type EncoderClass = new () => Encoder;

const Published = createRequire(import.meta.url)('kafkajs/src/protocol/encoder.js') as EncoderClass;
const Adopting: EncoderClass = class extends Published {};
const published = Reflect.get(Published.prototype as object, 'writeEncoder') as (value: unknown) => unknown;
Reflect.set(Adopting.prototype as object, 'writeEncoder', adoptingWriteEncoder(published));

/** What kafkajs makes of a request's body, `protocol/request.js`. */
function frame(Class: EncoderClass, client: string, body: unknown): Encoder {
  const request = new Class().writeInt16(0).writeInt16(7).writeInt32(99).writeString(client).writeEncoder(body);
  return new Class().writeInt32(request.size()).writeEncoder(request);
}

const whole = (size: number): Buffer => Buffer.concat([Buffer.alloc(HEADROOM, 0xaa), Buffer.alloc(size, 7)]);

describe('a framed body', () => {
  test.each([0, 1, 600, 100_000])('of %i bytes is framed as kafkajs frames it', (size) => {
    for (const client of ['', 'millrace', 'c'.repeat(490)]) {
      const expected = frame(Published, client, framedBody(whole(size))).buffer;
      expect(frame(Adopting, client, framedBody(whole(size))).buffer).toEqual(expected);
      expect(expected.length).toBe(4 + 10 + client.length + size);
    }
  });

  test('is not copied', () => {
    const bytes = whole(1000);
    expect(frame(Adopting, 'millrace', framedBody(bytes)).buffer.buffer).toBe(bytes.buffer);
  });

  test('is copied where what stands before it is longer than the room', () => {
    for (const length of [500, 505, 600]) {
      const client = 'c'.repeat(length);
      const expected = frame(Published, client, framedBody(whole(10))).buffer;
      expect(frame(Adopting, client, framedBody(whole(10))).buffer).toEqual(expected);
    }
  });

  test('every other value goes to kafkajs’s own', () => {
    const inner = new Published().writeInt32(5);
    expect(frame(Adopting, 'c', inner).buffer).toEqual(frame(Published, 'c', inner).buffer);
    expect(() => new Adopting().writeEncoder(undefined)).toThrow('Encoder');
  });
});
