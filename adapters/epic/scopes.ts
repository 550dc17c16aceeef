import type { ScopePlan } from '#adapter-kit/index.ts';
import { type ScopeTable, scopePlan, scopesOf } from '../fhir-r4/index.ts';

/** R4 reads. `$find` and `$book` have no scope that is known of: they are ticked where the app is registered. */
const reads: ScopeTable = {
  Appointment: ['rs', ['read']],
  Patient: ['rs', ['read']],
  Practitioner: ['rs', ['read']],
  Location: ['rs', ['read']],
};
/** What ticking `$find`, `$book` and their Slots may bring along unasked: still scheduling. */
const alongside: ScopeTable = {
  Appointment: ['crus', ['read', 'write']],
  Schedule: ['rs', ['read']],
  Slot: ['rs', ['read']],
};

const plan = scopePlan({
  table: reads,
  reads: Object.keys(reads),
  besides: ['openid', 'fhirUser', 'offline_access'],
  inWords: {
    asked: [
      'see open times of the practitioners and departments that you name',
      'see and make appointments',
      'find a patient by name and birth date',
    ],
    never: ['diagnoses, results, medication and notes', 'insurance and bills', 'documents and messages'],
  },
});

export const scopes: ScopePlan = {
  ...plan,
  writes: () => [],
  tolerated: [
    ...plan.tolerated,
    // A claim about the user that Epic lists among its scopes; it opens no data.
    'epic.scanning.dmsusername',
    ...(['v1', 'v2'] as const).flatMap((dialect) => [
      ...scopesOf(alongside, 'user', dialect),
      ...scopesOf(alongside, 'system', dialect),
    ]),
  ],
};
