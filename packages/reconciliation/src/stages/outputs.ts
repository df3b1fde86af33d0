import type { Collector, Counter, ProcessContext, ProcessFunction, RuntimeContext } from '@millrace/core';
import type { OutputEvents } from '../domain/output-events.js';
import type { PersistedGroup } from './elements.js';
import { AUDIT, CERTIFICATES } from './tags.js';
import type { Tally } from './tally.js';

/**
 * Stage 6: the certificate request and the audit event of each announcement, to the tags `certificates` and `audit`. A
 * recovery asks for the certificate alone. Every group that did not fail and was not skipped ends here and is counted.
 */
export class OutputsFunction implements ProcessFunction<PersistedGroup, never> {
  readonly #events: OutputEvents;
  readonly #tally: Tally;
  #certificates!: Counter;
  #recoveries!: Counter;
  #audits!: Counter;

  constructor(events: OutputEvents, tally: Tally) {
    this.#events = events;
    this.#tally = tally;
  }

  open({ metrics }: RuntimeContext): void {
    this.#certificates = metrics.counter('cert-issue-events-count', 'Certificate requests sent, recoveries included');
    this.#recoveries = metrics.counter('cert-recovery-events-count', 'Certificate requests sent to recover one');
    this.#audits = metrics.counter('audit-events-count', 'Audit events sent');
  }

  processElement(group: PersistedGroup, context: ProcessContext, _out: Collector<never>): void {
    this.#tally.settle('processed', group);
    if (group.kind === 'settled') return;
    context.output(CERTIFICATES, this.#events.certificate(group, group.completedon));
    this.#certificates.inc();
    this.#tally.add('certificates');
    if (group.reason === 'recovery') {
      this.#recoveries.inc();
      return;
    }
    context.output(AUDIT, this.#events.audit(group, group.completedon));
    this.#audits.inc();
    this.#tally.add('audits');
  }
}
