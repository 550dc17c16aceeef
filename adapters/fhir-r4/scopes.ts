import type { ConnectionSettings, ScopeDialect, ScopePlan } from '#adapter-kit/index.ts';

type Level = 'user' | 'system';
type Letters = readonly [v2: string, v1: readonly string[]];

/** Resources and what is done with them, in SMART's two spellings (SMART App Launch 2.2, scopes). */
export type ScopeTable = Readonly<Record<string, Letters>>;

/** Scopes of a table, at one level and in one spelling, in the table's order. Never a wildcard. */
export function scopesOf(table: ScopeTable, level: Level, dialect: ScopeDialect): readonly string[] {
  return Object.entries(table).flatMap(([type, [v2, v1]]) =>
    dialect === 'v2' ? [`${level}/${type}.${v2}`] : v1.map((word) => `${level}/${type}.${word}`),
  );
}

export interface ScopePlanOptions {
  readonly table: ScopeTable;
  /** Types without which nothing can be found. */
  readonly reads: readonly string[];
  /** Asked besides, with a person's consent. */
  readonly besides: readonly string[];
  readonly inWords: ScopePlan['inWords'];
  /** Whether a practice wants callers who are new to be created; absent where none of them can choose it. */
  readonly createsPatients?: (settings: ConnectionSettings) => boolean;
}

/** A plan that asks by a person (`user/…`) or as a system (`system/…`), whichever the connection is. */
export function scopePlan({ table, reads, besides, inWords, createsPatients }: ScopePlanOptions): ScopePlan {
  const needed = Object.fromEntries(reads.map((type): [string, Letters] => [type, ['rs', ['read']]]));
  const level = (system: boolean): Level => (system ? 'system' : 'user');
  return {
    ask: {
      v2: [...scopesOf(table, 'user', 'v2'), ...besides],
      v1: [...scopesOf(table, 'user', 'v1'), ...besides],
    },
    askAsSystem: { v2: scopesOf(table, 'system', 'v2'), v1: scopesOf(table, 'system', 'v1') },
    requiredReads: (dialect, system) => scopesOf(needed, level(system), dialect),
    writes: (dialect, system) => scopesOf({ Appointment: ['cu', ['write']] }, level(system), dialect),
    tolerated: ['openid', 'fhirUser', 'profile', 'offline_access', 'online_access', 'launch'],
    ...(createsPatients && {
      byChoice: [
        {
          ability: 'createPatient',
          wanted: createsPatients,
          // The older spelling has no word for creating alone.
          scopes: (dialect, system) => scopesOf({ Patient: ['c', ['write']] }, level(system), dialect),
          inWords: 'add a patient who is new',
        },
      ],
    }),
    inWords,
  };
}

/** Of what a FHIR R4 server with slots offers. Appointments are cancelled, never deleted, so there is no `d`. */
export const fhirScopes: ScopeTable = {
  Appointment: ['crus', ['read', 'write']],
  Slot: ['rs', ['read']],
  Schedule: ['rs', ['read']],
  Practitioner: ['rs', ['read']],
  PractitionerRole: ['rs', ['read']],
  Location: ['rs', ['read']],
  HealthcareService: ['rs', ['read']],
  Patient: ['rs', ['read']],
};
