import type { ByteReader } from '../encoding/byte-reader.js';
import type { ByteWriter } from '../encoding/byte-writer.js';
import { isWellFormed } from '../encoding/well-formed.js';
import type { ListKind, ScalarKind } from './schema.js';

/** Kinds whose values are written, compared and replaced as one. */
export type AtomicKind = ScalarKind | ListKind;
export type AtomicValue = string | number | boolean | readonly string[] | readonly ReadonlyMap<string, string>[];

/** What is wrong with a value of this kind; undefined where it fits. */
export function problemOf(kind: AtomicKind, value: unknown): string | undefined {
  switch (kind) {
    case 'text':
      return problemOfText(value);
    case 'int':
      return Number.isInteger(value) && (value as number) === ((value as number) | 0) ? undefined : 'no 32-bit integer';
    case 'double':
      return typeof value === 'number' ? undefined : 'no number';
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'neither true nor false';
    case 'timestamp':
      return Number.isSafeInteger(value) ? undefined : 'no whole number of milliseconds';
    case 'list<text>':
      if (!Array.isArray(value)) return 'no list';
      return firstProblem(value, problemOfText);
    case 'list<map<text,text>>':
      if (!Array.isArray(value)) return 'no list';
      return firstProblem(value, (element) =>
        element instanceof Map
          ? firstProblem([...element.keys(), ...element.values()], problemOfText)
          : 'an element is no map',
      );
  }
}

function problemOfText(value: unknown): string | undefined {
  if (typeof value !== 'string') return 'no text';
  return isWellFormed(value) ? undefined : 'no well-formed Unicode';
}

function firstProblem(values: readonly unknown[], check: (value: unknown) => string | undefined): string | undefined {
  for (const value of values) {
    const problem = check(value);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

export function writeValue(writer: ByteWriter, kind: AtomicKind, value: AtomicValue): void {
  switch (kind) {
    case 'text':
      writer.text(value as string);
      break;
    case 'int':
      writer.zigzag(value as number);
      break;
    case 'double':
    case 'timestamp':
      writer.float64(value as number);
      break;
    case 'boolean':
      writer.byte(value === true ? 1 : 0);
      break;
    case 'list<text>':
      writeTexts(writer, value as readonly string[]);
      break;
    case 'list<map<text,text>>': {
      const maps = value as readonly ReadonlyMap<string, string>[];
      writer.varint(maps.length);
      for (const map of maps) writeTexts(writer, [...map].flat());
      break;
    }
  }
}

export function readValue(reader: ByteReader, kind: AtomicKind): AtomicValue {
  switch (kind) {
    case 'text':
      return reader.text();
    case 'int':
      return reader.zigzag();
    case 'double':
    case 'timestamp':
      return reader.float64();
    case 'boolean':
      return reader.byte() === 1;
    case 'list<text>':
      return readTexts(reader);
    case 'list<map<text,text>>':
      return Array.from({ length: reader.varint() }, () => {
        const texts = readTexts(reader);
        const map = new Map<string, string>();
        for (let index = 0; index < texts.length; index += 2) map.set(texts[index]!, texts[index + 1]!);
        return map;
      });
  }
}

function writeTexts(writer: ByteWriter, texts: readonly string[]): void {
  writer.varint(texts.length);
  for (const text of texts) writer.text(text);
}

function readTexts(reader: ByteReader): string[] {
  const texts: string[] = [];
  for (let count = reader.varint(); count > 0; count -= 1) texts.push(reader.text());
  return texts;
}
