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
