/** What one asynchronous call waits for beside its answer, and who waits for it. */
export class CallWaits {
  cancelTimeout: (() => void) | undefined;
  isTimedOut = false;
  cancelBackoff: (() => void) | undefined;
  stopWaiting: (() => void) | undefined;
  failingSince: number | undefined;
  controller: AbortController | undefined;
  /** Rejects what waits in `emitAcknowledged`. */
  readonly acknowledgements = new Set<(error: unknown) => void>();
  /** Called when no user function is running for the call any more. */
  readonly whenBack: (() => void)[] = [];
  #onTaskAbort: (() => void) | undefined;

  /** A signal of the call's own, made when somebody asks for it. */
  signalUnder(task: AbortSignal, isOver: boolean): AbortSignal {
    if (this.controller === undefined) {
      const controller = (this.controller = new AbortController());
      if (task.aborted) controller.abort(task.reason);
      else if (isOver) controller.abort(new Error('the call has ended'));
      else {
        this.#onTaskAbort = () => {
          controller.abort(task.reason);
        };
        task.addEventListener('abort', this.#onTaskAbort, { once: true });
      }
    }
    return this.controller.signal;
  }

  back(): void {
    for (const resolve of this.whenBack.splice(0)) resolve();
  }

  /** @param error what those who still wait in `emitAcknowledged` get; undefined lets them wait */
  over(error: Error | undefined, task: AbortSignal): void {
    if (error !== undefined) for (const reject of this.acknowledgements) reject(error);
    this.cancelTimeout?.();
    this.cancelBackoff?.();
    this.stopWaiting?.();
    // Only where somebody asked for a signal of the call's own: taking a listener away costs more than the call.
    if (this.#onTaskAbort !== undefined) task.removeEventListener('abort', this.#onTaskAbort);
  }
}
