import { KeyInvalidError, ValueInvalidError } from '@millrace/embedded';
import { storeErrorClassifier } from './store-error-classifier.js';

/** Who is to blame for an error while the job runs on the embedded store. */
export const classifyEmbeddedError = storeErrorClassifier((error) =>
  error instanceof KeyInvalidError || error instanceof ValueInvalidError ? 'event' : undefined,
);
