import assert from 'node:assert/strict';
import {
  isDataTypeLoaded,
  loadDataType,
  OperationOutcomeError,
  validateResource,
  validateTypedValue,
} from '@medplum/core';
import type {
  Bundle,
  Extension,
  OperationOutcomeIssue,
  Resource,
  StructureDefinition,
} from '@medplum/fhirtypes';
import { canonicalRoot } from '#fhir/canonical.ts';
import { structureDefinitions } from './fhir-definitions.ts';
import { codesOf, ownResources } from './required-bindings.ts';

/**
 * Fails unless `resource` is valid FHIR R4: by @medplum/core against the base definitions, against every profile of
 * ours that it or a resource inside claims, and by checks of our own for what that validator lets pass: required
 * bindings, id grammar, reference targets, empty values, times without a zone, Bundle rules, our extensions.
 *
 * @param options.profile canonical that the resource itself has to claim and to satisfy
 */
export function assertValidFhir(resource: unknown, options: { readonly profile?: string } = {}): void {
  const faults = fhirFaults(resource, options);
  assert.deepEqual(
    faults,
    [],
    `Not valid FHIR R4:\n${faults.join('\n')}\n${JSON.stringify(resource, null, 2)}`,
  );
}

/** Everything that is wrong, one sentence each; the element first. */
export function fhirFaults(resource: unknown, options: { readonly profile?: string } = {}): string[] {
  if (!isResource(resource)) return ['It is not a resource.'];
  const base = structureDefinitions().get(resource.resourceType);
  if (base?.kind !== 'resource') return [`resourceType: ${resource.resourceType} is not of FHIR R4.`];
  load(resource.resourceType);
  const resources = [...resourcesIn(resource)];
  for (const { resourceType } of resources) load(resourceType);
  const missing =
    options.profile !== undefined && !claims(resource).includes(options.profile)
      ? [`meta.profile: ${options.profile} is not claimed.`]
      : [];
  const faults = [
    ...missing,
    ...validatorFaults(resource),
    ...resources.flatMap((one) => profileFaults(one)),
    ...resources.flatMap((one) => (one.resourceType === 'Bundle' ? bundleFaults(one) : [])),
    ...valueFaults(resource, resource.resourceType),
  ];
  return [...new Set(faults)];
}

/** Definitions are loaded as they are needed, always the full ones, over the slim ones of the gateway. */
function load(type: string): void {
  const definition = structureDefinitions().get(type);
  if (loaded.has(type) || definition === undefined) return;
  loaded.add(type);
  loadDataType(definition);
  for (const element of definition.snapshot?.element ?? [])
    for (const { code } of element.type ?? []) load(code);
  assert.ok(isDataTypeLoaded(type));
}

const loaded = new Set<string>();

function validatorFaults(resource: Resource, profile?: StructureDefinition): string[] {
  const tokens: Record<string, { value?: unknown; path: string }[]> = {};
  const collect = { tokens: tokens as never }; // filled by the validator with the bound codes it meets
  const issues = issuesOf(() => validateResource(resource, { collect, ...(profile && { profile }) }));
  return [...issues, ...bindingFaults(tokens)];
}

function issuesOf(validate: () => OperationOutcomeIssue[]): string[] {
  const say = ({ expression, details, code }: OperationOutcomeIssue): string =>
    `${expression?.join() ?? '?'}: ${details?.text ?? code}`;
  try {
    // A reference to a wrong type is only a warning there; here everything counts.
    return validate().map(say);
  } catch (error) {
    if (error instanceof OperationOutcomeError) return error.outcome.issue.map(say);
    throw error;
  }
}

function bindingFaults(
  tokens: Readonly<Record<string, readonly { value?: unknown; path: string }[]>>,
): string[] {
  return Object.entries(tokens).flatMap(([valueSet, values]) => {
    const codes = codesOf(valueSet);
    if (codes === undefined) return [];
    return values
      .filter(({ value }) => typeof value === 'string' && !codes.has(value))
      .map(({ path }) => `${path}: the code is not in ${valueSet}, to which it is bound.`);
  });
}

function profileFaults(resource: Resource): string[] {
  return claims(resource)
    .filter((url) => url.startsWith(canonicalRoot))
    .flatMap((url) => {
      const profile = ownResources<StructureDefinition>('StructureDefinition').find((one) => one.url === url);
      return profile === undefined
        ? [`meta.profile: ${url} does not exist.`]
        : validatorFaults(resource, profile);
    });
}

function claims(resource: Resource): readonly string[] {
  return resource.meta?.profile ?? [];
}

/** FHIR R4 Bundle, bdl-1 to bdl-8, and what they say of searchsets. */
function bundleFaults(bundle: Bundle): string[] {
  const entries = bundle.entry ?? [];
  const search = bundle.type === 'searchset' || bundle.type === 'history';
  const requests = ['batch', 'transaction', 'history'].includes(bundle.type);
  const responses = ['batch-response', 'transaction-response', 'history'].includes(bundle.type);
  const urls = entries.flatMap(({ fullUrl, resource }) =>
    fullUrl === undefined ? [] : [`${fullUrl} ${resource?.meta?.versionId ?? ''}`],
  );
  const matches = entries.filter(({ search: found }) => found?.mode === 'match').length;
  const rules: [boolean, string][] = [
    [bundle.total === undefined || search, 'bdl-1: total is for searchset and history.'],
    [
      entries.every((entry) => entry.search === undefined || bundle.type === 'searchset'),
      'bdl-2: search is for searchset.',
    ],
    [
      entries.every((entry) => (entry.request !== undefined) === requests),
      'bdl-3: request is for batch, transaction and history.',
    ],
    [
      entries.every((entry) => (entry.response !== undefined) === responses),
      'bdl-4: response is for their answers.',
    ],
    [
      entries.every((entry) => entry.resource ?? entry.request ?? entry.response),
      'bdl-5: an entry holds something.',
    ],
    [new Set(urls).size === urls.length, 'bdl-7: fullUrl is unique.'],
    [
      entries.every((entry) => entry.fullUrl?.includes('/_history/') !== true),
      'bdl-8: fullUrl has no version.',
    ],
    [entries.every(addressed), 'fullUrl ends with type and id of its resource.'],
    [(bundle.total ?? matches) >= matches, 'total counts the matches of all pages.'],
    [
      entries.every(
        ({ resource, search: found }) =>
          found === undefined ||
          (resource?.resourceType === 'OperationOutcome') === (found.mode === 'outcome'),
      ),
      'An OperationOutcome, and nothing else, has search.mode outcome.',
    ],
    [
      entries.every(
        ({ resource }) =>
          !search ||
          resource?.resourceType !== 'OperationOutcome' ||
          resource.issue.every(({ severity }) => severity === 'warning' || severity === 'information'),
      ),
      'A searchset holds no error (FHIR R4 §3.1.1.1).',
    ],
  ];
  return rules.flatMap(([holds, rule]) => (holds ? [] : [`Bundle: ${rule}`]));
}

function addressed({ fullUrl, resource }: NonNullable<Bundle['entry']>[number]): boolean {
  if (fullUrl === undefined || resource?.id === undefined || fullUrl.startsWith('urn:uuid:')) return true;
  return fullUrl.endsWith(`/${resource.resourceType}/${resource.id}`);
}

/** What can be judged of a value wherever it stands. */
function valueFaults(value: unknown, path: string): string[] {
  if (value === null) return [`${path}: null is not FHIR JSON.`];
  if (value === '') return [`${path}: an empty text.`];
  if (typeof value === 'string') return textFaults(value, path);
  if (typeof value !== 'object') return [];
  const inner = Object.entries(value);
  if (inner.length === 0) return [`${path}: an empty ${Array.isArray(value) ? 'list' : 'object'}.`];
  return [
    ...idFaults(value, path),
    ...extensionFaults(value, path),
    ...inner.flatMap(([name, one]) =>
      valueFaults(one, Array.isArray(value) ? `${path}[${name}]` : `${path}.${name}`),
    ),
  ];
}

function textFaults(text: string, path: string): string[] {
  if (
    /\.reference$/.test(path) &&
    !/^(#[A-Za-z0-9\-.]{1,64}|[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64})$/.test(text)
  )
    return [`${path}: not a relative literal reference.`];
  if (!/^\d{4}-\d\d-\d\dT/.test(text)) return [];
  const whole = /^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text);
  const day = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  const exists = !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text.slice(0, 10));
  return whole && exists ? [] : [`${path}: not an instant with seconds and zone on a day that exists.`];
}

function idFaults(value: object, path: string): string[] {
  if (!isResource(value) || value.id === undefined || /^[A-Za-z0-9\-.]{1,64}$/.test(value.id)) return [];
  return [`${path}.id: not 1 to 64 letters, digits, hyphens and full stops.`];
}

function extensionFaults(value: object, path: string): string[] {
  const extensions =
    'extension' in value && Array.isArray(value.extension) ? (value.extension as Extension[]) : []; // of any FHIR element
  return extensions
    .filter(({ url }) => url.startsWith(canonicalRoot))
    .flatMap((one) => {
      const profile = ownResources<StructureDefinition>('StructureDefinition').find(
        ({ url }) => url === one.url,
      );
      if (profile === undefined) return [`${path}.extension: ${one.url} does not exist.`];
      load('Extension');
      const tokens: Record<string, { value?: unknown; path: string }[]> = {};
      const collect = { tokens: tokens as never }; // see validatorFaults
      return [
        ...issuesOf(() => validateTypedValue({ type: 'Extension', value: one }, { profile, collect })),
        ...bindingFaults(tokens),
        ...extensionTypeFaults(one, profile),
      ].map((fault) => `${path}.extension ${fault}`);
    });
}

/** The validator lets any `value[x]` stand where the profile allows one type. */
function extensionTypeFaults(one: Extension, profile: StructureDefinition): string[] {
  const allowed = profile.snapshot?.element.find(({ path }) => path === 'Extension.value[x]')?.type ?? [];
  const names = allowed.map(({ code }) => `value${code.charAt(0).toUpperCase()}${code.slice(1)}`);
  return Object.keys(one)
    .filter((name) => name.startsWith('value') && !names.includes(name))
    .map((name) => `Extension.${name}: only ${names.join(', ')} is allowed.`);
}

function* resourcesIn(value: unknown): Generator<Resource> {
  if (typeof value !== 'object' || value === null) return;
  if (isResource(value)) yield value;
  for (const inner of Object.values(value)) yield* resourcesIn(inner);
}

function isResource(value: unknown): value is Resource {
  return (
    typeof value === 'object' &&
    value !== null &&
    'resourceType' in value &&
    typeof value.resourceType === 'string'
  );
}
