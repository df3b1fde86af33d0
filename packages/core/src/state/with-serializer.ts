import type { Serializer } from './serializer.js';

/** The options of a descriptor whose serializer may have been given, else the default one. */
export function withSerializer<S>(serializer: Serializer<S> | undefined): { readonly serializer?: Serializer<S> } {
  return serializer === undefined ? {} : { serializer };
}
