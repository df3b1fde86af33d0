const FRAMED = Symbol('millrace.framed');

/** Where a body stands in a buffer that has room before it. */
interface Frame {
  readonly whole: Buffer;
  readonly start: number;
}

/** The parts of kafkajs's Encoder that are used: `offset` bytes are written to `buf`. */
export interface KafkaEncoder {
  buf: Buffer;
  offset: number;
  [FRAMED]?: Frame;
}

/** Room for what kafkajs writes before a body: lengths, versions, number and the client's name. */
export const HEADROOM = 512;

/** What `writeEncoder` of kafkajs takes: it looks at `buf`, and copies `buffer`. */
export interface FramedBody {
  readonly buf: Buffer;
  readonly buffer: Buffer;
  readonly [FRAMED]: Frame;
}

/** @param whole `HEADROOM` bytes of any content, then the body */
export function framedBody(whole: Buffer): FramedBody {
  const body = whole.subarray(HEADROOM);
  return { buf: body, buffer: body, [FRAMED]: { whole, start: HEADROOM } };
}

/**
 * `writeEncoder` in the place of the `published` one: a framed body is not copied. What was written before it is put into
 * the room before it instead, and the encoder goes on with the body's buffer. kafkajs frames each request twice, with two
 * new buffers of the next power of two each time: garbage that costs more than the copies (a full collection for every 32
 * MB or so, whatever else there is on the heap).
 */
export function adoptingWriteEncoder(published: (value: unknown) => unknown): (value: unknown) => unknown {
  return function writeEncoder(this: KafkaEncoder, value: unknown): unknown {
    const frame = (value as { readonly [FRAMED]?: Frame } | null | undefined)?.[FRAMED];
    if (frame === undefined || this.offset > frame.start) return published.call(this, value);
    const { whole, start } = frame;
    const begin = start - this.offset;
    this.buf.copy(whole, begin, 0, this.offset);
    this.buf = whole.subarray(begin);
    this.offset = this.buf.length;
    this[FRAMED] = { whole, start: begin };
    return this;
  };
}
