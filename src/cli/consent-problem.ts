import { ConsentProblem, type ProblemCode } from '#scheduling/consent/problem.ts';
import { Complaint } from './complaint.ts';

/** A refusal of the connect flow in words for the operator; for `.catch`. Everything else is thrown as it is. */
export function consentProblem(error: unknown): never {
  const sentence = error instanceof ConsentProblem ? sentences[error.code] : undefined;
  throw sentence === undefined ? error : new Complaint(sentence);
}

const sentences: Readonly<Partial<Record<ProblemCode, string>>> = {
  'address-refused':
    'The address cannot be talked to: a vendor has an https address on port 443 under a public name, a simulator an http one on loopback, both without a slash at the end.',
  'address-silent': 'There is no answer at this address.',
  'address-not-smart':
    'There is no SMART configuration below this address, or it is not safe to use: endpoints have to be https and PKCE has to offer S256.',
  'server-changed': 'The authorization server does not say the same as when it was approved.',
};
