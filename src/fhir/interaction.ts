import { operationDefinition } from './canonical.ts';
import { operationNeeds, type ScopeNeed } from './scopes.ts';
import type { SearchType } from './search-parameters.ts';

export type ServedResource = SearchType | 'Patient';

/** One thing that can be done at `/fhir/R4`: what routing, authorization and the CapabilityStatement all read. */
export interface Interaction {
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** Below the base, in Express's spelling, e.g. `/Slot/:id`. */
  readonly path: string;
  readonly resource?: ServedResource;
  /** FHIR R4 restful interaction. */
  readonly interaction?: 'read' | 'search-type' | 'create' | 'patch' | 'capabilities';
  /** Name without `$`. */
  readonly operation?: 'find' | 'hold' | 'book' | 'match';
  /** One of these is needed; nothing, not even a token, when empty. */
  readonly needs: readonly ScopeNeed[];
  /** Which of the practice's abilities it stands on. */
  readonly ability?: 'book' | 'cancel' | 'matchPatient' | 'createPatient';
}

function directory<T extends SearchType>(resource: T): Interaction[] {
  return [
    {
      method: 'GET',
      path: `/${resource}`,
      resource,
      interaction: 'search-type',
      needs: [{ resource, letter: 's' }],
    },
    {
      method: 'POST',
      path: `/${resource}/_search`,
      resource,
      interaction: 'search-type',
      needs: [{ resource, letter: 's' }],
    },
    {
      method: 'GET',
      path: `/${resource}/:id`,
      resource,
      interaction: 'read',
      needs: [{ resource, letter: 'r' }],
    },
  ];
}

const appointment = { resource: 'Appointment' } as const;
const patient = { resource: 'Patient' } as const;

/** Everything that is served; what is not here is 404 or 405. */
export const interactions: readonly Interaction[] = [
  { method: 'GET', path: '/metadata', interaction: 'capabilities', needs: [] },
  ...directory('Slot'),
  ...directory('Schedule'),
  ...directory('Practitioner'),
  ...directory('PractitionerRole'),
  ...directory('Location'),
  ...directory('HealthcareService'),
  {
    method: 'GET',
    path: '/Appointment/$find',
    ...appointment,
    operation: 'find',
    needs: operationNeeds.find,
  },
  {
    method: 'POST',
    path: '/Appointment/$find',
    ...appointment,
    operation: 'find',
    needs: operationNeeds.find,
  },
  {
    method: 'POST',
    path: '/Appointment/$hold',
    ...appointment,
    operation: 'hold',
    needs: operationNeeds.hold,
    ability: 'book',
  },
  {
    method: 'POST',
    path: '/Appointment/$book',
    ...appointment,
    operation: 'book',
    // What it really does is known when its body has been read; then `operationNeeds.book` or `.change` is asked for.
    needs: [...operationNeeds.book, ...operationNeeds.change],
    ability: 'book',
  },
  ...directory('Appointment'),
  {
    method: 'POST',
    path: '/Appointment',
    ...appointment,
    interaction: 'create',
    needs: [{ resource: 'Appointment', letter: 'c' }],
    ability: 'book',
  },
  {
    method: 'PATCH',
    path: '/Appointment/:id',
    ...appointment,
    interaction: 'patch',
    needs: [{ resource: 'Appointment', letter: 'u' }],
    ability: 'cancel',
  },
  {
    method: 'POST',
    path: '/Patient/$match',
    ...patient,
    operation: 'match',
    needs: operationNeeds.match,
    ability: 'matchPatient',
  },
  {
    method: 'POST',
    path: '/Patient',
    ...patient,
    interaction: 'create',
    needs: [{ resource: 'Patient', letter: 'c' }],
    ability: 'createPatient',
  },
];

/** Canonical of an operation's definition. */
export function definitionOf(operation: NonNullable<Interaction['operation']>): string {
  return operationDefinition[operation];
}
