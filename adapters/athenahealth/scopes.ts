import type { ScopePlan } from '#adapter-kit/index.ts';

/** The one scope of the API below `/v1` (docs.athenahealth.com, "Token endpoint"): there is no narrower one. */
const service = 'athena/service/Athenanet.MDP.*';

/**
 * What is asked for. That scope opens the whole API to an app, as far as the vendor has enabled its parts; what keeps us to
 * scheduling is the route table, which the wall enforces. Which scope opens `/v1` for a person who consents is not published:
 * the same is asked for, and `offline_access` lets the connection go on.
 */
export const scopes: ScopePlan = {
  ask: { plain: [service, 'openid', 'offline_access'] },
  askAsSystem: { plain: [service] },
  requiredReads: () => [service],
  writes: () => [service],
  tolerated: ['openid', 'profile', 'fhirUser', 'offline_access'],
  inWords: {
    asked: [
      'see open times of the providers and departments that you name',
      'see, make, move and cancel appointments',
      'find a patient by name and birth date, and add one where you want that',
    ],
    never: [
      'charts: diagnoses, results, medication, orders and documents',
      'insurance, claims and payments',
      'messages and the patient portal',
    ],
  },
};
