import { parse, v5 } from 'uuid';

const namespaces = new Map<string, Uint8Array>();

/**
 * Name-based UUID, version 5 (RFC 9562), of a name in UTF-8. As bytes: the library turns text into them letter by letter,
 * and reads the namespace anew each time.
 */
export function nameUuid(name: string, namespace: string): string {
  let bytes = namespaces.get(namespace);
  if (bytes === undefined) {
    bytes = parse(namespace);
    namespaces.set(namespace, bytes);
  }
  return v5(Buffer.from(name), bytes);
}
