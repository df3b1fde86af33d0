/**
 * Names a side output. Compared by id; the type parameter says what flows there. Without one nothing can be emitted to it.
 *
 * @see Flink, "Side Outputs"
 */
export class OutputTag<T = never> {
  readonly id: string;
  /** Carries the element type for the compiler; never set. */
  declare readonly _type?: T;

  constructor(id: string) {
    if (id === '') throw new TypeError('an OutputTag needs a non-empty id');
    this.id = id;
  }
}
