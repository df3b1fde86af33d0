import { textOption } from '@millrace/runner';
import { problemOfId } from '../domain/parse.js';

/** The job's own rules for ids, so that no command takes one that a request could not carry. */
function checkId(id: string): string | undefined {
  const problem = problemOfId(id);
  return problem === undefined ? undefined : `${problem}.`;
}

const id = { placeholder: 'id', check: checkId } as const;

/** An enrolment's three ids, none of them required. */
export const anyIdOptions = {
  user: textOption({ doc: 'id of the learner', ...id }),
  course: textOption({ doc: 'id of the course', ...id }),
  batch: textOption({ doc: 'id of the batch', ...id }),
};

/** All three. */
export const enrolmentOptions = {
  user: textOption({ doc: 'id of the learner', required: true, ...id }),
  course: textOption({ doc: 'id of the course', required: true, ...id }),
  batch: textOption({ doc: 'id of the batch', required: true, ...id }),
};
