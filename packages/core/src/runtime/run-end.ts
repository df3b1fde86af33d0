import type { StreamGraph } from '../graph/stream-graph.js';
import type { JobAttempt } from './job-attempt.js';
import type { SourceSession } from './source-session.js';

/** Whether the job ends by itself: every source does, those of repartition topics with what writes to them. */
export function isBounded({ nodes }: StreamGraph): boolean {
  return nodes.every(
    ({ source }) => source === undefined || source.isBounded === true || source.writtenBy !== undefined,
  );
}

/** When a run that ends by itself is at its end. */
export class RunEnd {
  readonly #attempt: JobAttempt;
  readonly #isBounded: boolean;

  constructor(attempt: JobAttempt) {
    this.#attempt = attempt;
    this.#isBounded = isBounded(attempt.graph);
  }

  /**
   * Whether everything that was in the sources when their ends were captured is settled. Of a bounded job also whether
   * every source has ended and what that caused is done: a repartition topic ends when all that writes to it has ended
   * and it is read to its end, by whichever process.
   */
  async isReached(): Promise<boolean> {
    const { sessions, tasks } = this.#attempt;
    for (const session of sessions) {
      const { reader, writtenBy } = session;
      if (reader === undefined) return false;
      const endsLater = this.#isBounded && writtenBy !== undefined;
      // Its end must not be captured before the last element is written: windows fire at the end of what is before them.
      if (endsLater && !this.#hasEnded(sourcesBefore(this.#attempt.graph, writtenBy))) return false;
      if (!(await reader.isDrained(this.#attempt.settledOf(session)))) return false;
      if (endsLater && session.inputs.some((input) => !input.isFinished)) {
        await this.#finish(session);
        return false;
      }
    }
    return !this.#isBounded || tasks.every((task) => task.isFinished && task.inFlight === 0);
  }

  #hasEnded(sources: ReadonlySet<string>): boolean {
    return this.#attempt.tasks.every((task) => {
      const inputs = [...task.inputs.values()].filter(({ sourceUid }) => sources.has(sourceUid));
      return inputs.length === 0 || (inputs.every((input) => input.isFinished) && task.inFlight === 0);
    });
  }

  async #finish(session: SourceSession): Promise<void> {
    for (const { lease } of session.inputs) session.finish(lease);
    // Where its own end makes a task write to the topic once more, that is read too.
    await session.captureEnd();
  }
}

/** The sources from which elements come to a node, over other repartition topics too. */
function sourcesBefore(graph: StreamGraph, uid: string, found = new Set<string>()): ReadonlySet<string> {
  const node = graph.nodes.find((each) => each.uid === uid);
  if (node === undefined || found.has(uid)) return found;
  found.add(uid);
  for (const { from } of node.inputs) sourcesBefore(graph, from, found);
  return found;
}
