import type { KafkaConnection } from '@millrace/kafka';

/** Topics of a scene. */
export interface Topics {
  readonly input: string;
  readonly certificates: string;
  readonly audit: string;
  readonly failed: string;
}

/** The names that the job's defaults give in an environment. */
export function topicsOf(env: string): Topics {
  return {
    input: `${env}.batch.enrolment.sync.request`,
    certificates: `${env}.issue.certificate.request`,
    audit: `${env}.telemetry.raw`,
    failed: `${env}.enrolment.reconciliation.failed`,
  };
}

export function groupOf(env: string): string {
  return `${env}-enrolment-reconciliation-group`;
}

/** Whether a group has committed all that is in a topic; that of a small job has the name of its input. */
export async function isCommitted(kafka: KafkaConnection, input: string, groupId = input): Promise<boolean> {
  const ranges = await kafka.partitionRanges(input);
  const offsets = await kafka.groupOffsets(groupId, input);
  return [...ranges].every(([partition, { end }]) => (offsets.get(partition) ?? 0) === end);
}
