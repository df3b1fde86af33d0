/** A function object as it was given, or one that the factory makes for this copy of the operator. */
export function madeOf<F extends object>(fn: F | (() => F)): F {
  return typeof fn === 'function' ? fn() : fn;
}
