import type { Serializer } from './serializer.js';
import type { ValueWriter } from './value-writer.js';

/**
 * Writes what the serializer's `serialize` gives, without bytes of its own in between. False for a value that takes the
 * ordinary way; what was written of it is taken back.
 */
export type DirectForm<T> = (value: T, into: ValueWriter) => boolean;

/** Beside the serializers, not in them: a copy of one with another `serialize` must not have it. */
const forms = new WeakMap<object, DirectForm<never>>();

/** Gives a serializer a direct form, and returns it. */
export function withDirectForm<T>(serializer: Serializer<T>, form: DirectForm<T>): Serializer<T> {
  forms.set(serializer, form);
  return serializer;
}

export function directFormOf<T>(serializer: Serializer<T>): DirectForm<T> | undefined {
  return forms.get(serializer) as DirectForm<T> | undefined;
}
