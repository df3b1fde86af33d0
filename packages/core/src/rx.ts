/**
 * The parts of RxJS that the runtime is made of. Each from its own module: the index loads all of RxJS, which is half
 * of the CPU time that the core's modules take at a start.
 */
import { Subscriber } from 'rxjs/internal/Subscriber';

export { BehaviorSubject } from 'rxjs/internal/BehaviorSubject';
export { Observable } from 'rxjs/internal/Observable';
export type { OperatorFunction } from 'rxjs';

/** What is subscribed as it is: for any other observer RxJS makes a subscriber of its own, two calls and a `try` more. */
export class OwnSubscriber<T> extends Subscriber<T> {
  // RxJS calls the constructor an internal one; to extend the class is how it writes its own operators.
  // eslint-disable-next-line @typescript-eslint/no-useless-constructor
  constructor() {
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    super();
  }
}
