import type { ScopePlan } from '#adapter-kit/index.ts';

/** Scopes as app.drchrono.com/api-docs lists them. Left out, `scope` would ask for all of them. */
const reads = ['user:read', 'calendar:read', 'patients:summary:read', 'settings:read'];
const writes = ['calendar:write', 'patients:summary:write'];

export const scopes = {
  ask: {
    plain: [
      'user:read',
      'calendar:read',
      'calendar:write',
      'patients:summary:read',
      'patients:summary:write',
      'settings:read',
    ],
  },
  requiredReads: () => reads,
  writes: () => writes,
  tolerated: [],
  wider: {
    scopes: ['clinical:read', 'clinical:write'],
    because:
      'DrChrono’s API documentation wants both beside the calendar’s for every request about appointments, and may refuse appointments without them. The gateway still asks for appointments and nothing clinical, and drops what it does not need of every answer.',
    opens: {
      'clinical:read': 'read clinical notes, vitals, medication, problems and diagnoses',
      'clinical:write': 'write them',
    },
  },
  inWords: {
    asked: [
      'see doctors, offices, rooms and visit types',
      'see open times, and see, make, move and cancel appointments',
      'find a patient by name and birth date, and add one who is new',
    ],
    never: [
      'clinical notes, vitals, medication, problems and results',
      'insurance, bills and payments',
      'documents, messages and tasks',
    ],
  },
} as const satisfies ScopePlan;
