import { indexSearchParameterBundle, indexStructureDefinitionBundle } from '@medplum/core';
import { type FhirRequest, FhirRouter, MemoryRepository } from '@medplum/fhir-router';
import type { Bundle, OperationOutcome, Resource, SearchParameter } from '@medplum/fhirtypes';
import { baseDefinitions } from '#test/base-definitions.ts';
import { searchParameters } from '#test/fhir-definitions.ts';

const types = [
  'Appointment',
  'HealthcareService',
  'Location',
  'Patient',
  'Practitioner',
  'PractitionerRole',
  'Schedule',
  'Slot',
] as const;

/**
 * Medplum's FHIR router over its repository in memory: reads, searches, creates and patches are theirs, written by
 * people who have never heard of our adapter.
 */
export function openRepository(): FhirStore {
  indexStructureDefinitionBundle(bundleOf(baseDefinitions(types)));
  indexSearchParameterBundle(bundleOf([...searchParameters().values()].filter(isWanted)));
  const repository = new MemoryRepository();
  const router = new FhirRouter();
  /** Everything as it was before the last write. */
  let previous: readonly Resource[] = [];

  const ask = async (request: StoreRequest, from: MemoryRepository): Promise<StoreAnswer> => {
    const { method, url, body, headers = {} } = request;
    // The router fills in what it reads from the address itself.
    const asked = { method, url, pathname: '', body, params: {}, query: {}, headers } as FhirRequest;
    const [outcome, resource] = await router.handleRequest(asked, from);
    return { outcome, ...(resource !== undefined && { resource }) };
  };
  const all = async (): Promise<Resource[]> => {
    const found: Resource[] = [];
    for (const resourceType of types)
      for (const { resource } of (await repository.search({ resourceType })).entry ?? [])
        if (resource !== undefined) found.push(resource);
    return found;
  };
  return {
    ask: (request) => ask(request, repository),
    askPast: async (request) => {
      const past = new MemoryRepository();
      await past.withSeeding(() => fill(past, previous));
      return ask(request, past);
    },
    list: async (type) => {
      const { entry = [] } = await repository.search({ resourceType: type });
      // Of the type that was searched for.
      return entry.flatMap(({ resource }) => (resource === undefined ? [] : [resource])) as never;
    },
    put: (resource) => repository.updateResource(resource) as never, // the same type comes back
    remove: (type, id) => repository.deleteResource(type, id),
    remember: async () => {
      previous = await all();
    },
    reset: async (resources) => {
      repository.clear();
      await fill(repository, resources);
      previous = await all();
    },
  };
}

export interface FhirStore {
  ask(request: StoreRequest): Promise<StoreAnswer>;
  /** Answers a read by what was there before the last write. */
  askPast(request: StoreRequest): Promise<StoreAnswer>;
  list<T extends Resource['resourceType']>(
    type: T,
  ): Promise<readonly (Extract<Resource, { resourceType: T }> & { id: string })[]>;
  put<T extends Resource>(resource: T & { id: string }): Promise<T & { id: string }>;
  remove(type: Resource['resourceType'], id: string): Promise<void>;
  /** To be called before each write. */
  remember(): Promise<void>;
  reset(resources: readonly Resource[]): Promise<void>;
}
export interface StoreRequest {
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** Below the base, with its query. */
  readonly url: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string | undefined>>;
}
export interface StoreAnswer {
  readonly outcome: OperationOutcome;
  readonly resource?: Resource;
}

async function fill(repository: MemoryRepository, resources: readonly Resource[]): Promise<void> {
  for (const resource of resources) await repository.createResource(resource);
}

function isWanted({ base = [] }: SearchParameter): boolean {
  return base.some((each) => String(each) === 'Resource' || types.some((type) => type === each));
}

function bundleOf<T extends Resource>(resources: readonly T[]): Bundle<T> {
  return {
    resourceType: 'Bundle',
    type: 'collection',
    entry: resources.map((resource) => ({ resource })),
  } as Bundle<T>; // medplum's BundleEntry wants the resource's own exact type
}
