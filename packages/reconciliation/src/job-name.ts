/** Label of metrics and logs, `jobName` of failed events. */
export const JOB_NAME = 'enrolment-reconciliation';
