import { failPoint } from '@millrace/core';
import type {
  Collector,
  Counter,
  ProcessContext,
  ProcessFunction,
  ProducerRecord,
  RuntimeContext,
} from '@millrace/core';
import type { OutputEvents } from '../domain/output-events.js';
import type { Announcement, PersistedGroup } from './elements.js';
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
    const { certificate, audit } = outputsOf(group, this.#events);
    context.output(CERTIFICATES, certificate);
    failPoint('reconciliation-certificate-sent');
    this.#certificates.inc();
    this.#tally.add('certificates');
    if (group.reason === 'recovery') this.#recoveries.inc();
    if (audit === undefined) return;
    context.output(AUDIT, audit);
    failPoint('reconciliation-audit-sent');
    this.#audits.inc();
    this.#tally.add('audits');
  }
}

/** The records that tell the world of an announcement. */
export function outputsOf(
  announcement: Announcement,
  events: OutputEvents,
): { readonly certificate: ProducerRecord; readonly audit: ProducerRecord | undefined } {
  const { completedon, reason } = announcement;
  return {
    certificate: events.certificate(announcement, completedon),
    // What was told before the certificate was lost is not told again.
    audit: reason === 'recovery' ? undefined : events.audit(announcement, completedon),
  };
}
