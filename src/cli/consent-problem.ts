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
  'not-approved': 'This registration is not approved, or retired.',
  'registration-taken':
    'Another practice is connected at the address of this registration already. Nothing was connected: name this practice’s own registration.',
  'other-practice':
    'The EMR says that this grant is for another practice than the connection. It was given back, and the connection stays as it was.',
  'our-registration':
    'The authorization server does not accept us: client id, secret or key is wrong, or what was registered there does not allow this.',
  'emr-busy': 'The authorization server is busy. Nothing was connected: wait a minute and try again.',
  'emr-unclear': 'The answer of the authorization server did not arrive. Nothing was connected.',
  'scope-wider':
    'The authorization server granted more than scheduling, which was given back. Accept it for the practice first, by name and with a reason, or have it narrowed there.',
  'scope-missing': 'The authorization server granted too little to find openings. Nothing was connected.',
  'scope-empty': 'The authorization server granted nothing.',
  'scope-different': 'The authorization server granted something else than was asked for.',
  'schedule-refused':
    'The grant is good, and the EMR refused a first look at the schedule all the same. Nothing was connected.',
  'server-changed': 'The authorization server does not say the same as when it was approved.',
};
