/** A JSON object as a value of unknown fields. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** A record's value as text and as the object that it holds, or why it is neither. */
export type DecodedEvent =
  | { readonly ok: true; readonly text: string; readonly event: JsonObject }
  | { readonly ok: false; readonly reason: string };

// Fatal: bytes that are no UTF-8 must not become U+FFFD, ids would change. Drops one leading byte order mark.
const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads a record's value as strict JSON (RFC 8259) in UTF-8 that holds an object; the last of equal names wins. A
 * leading byte order mark is tolerated and not part of `text`.
 */
export function decodeEvent(value: Uint8Array | null): DecodedEvent {
  if (value === null) return { ok: false, reason: 'the record has no value' };
  let text: string;
  try {
    text = decoder.decode(value);
  } catch {
    return { ok: false, reason: 'the value is not valid UTF-8' };
  }
  let event: unknown;
  try {
    event = JSON.parse(text);
  } catch (error) {
    return { ok: false, reason: `the value is not JSON: ${(error as Error).message}` };
  }
  return isObject(event)
    ? { ok: true, text, event }
    : { ok: false, reason: `the value is JSON but not an object: ${kindOf(event)}` };
}

/** A field of an object that came from outside, undefined where it has no such field of its own. */
export function field(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Whether a JSON value is an object, not an array and not null. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a JSON value is, for messages. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}
