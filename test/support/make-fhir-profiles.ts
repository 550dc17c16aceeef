import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { CodeSystem, StructureDefinition } from '@medplum/fhirtypes';
import { failureTable } from '#domain/failure.ts';
import { codeSystem } from '#fhir/canonical.ts';
import { baseDefinitions } from './base-definitions.ts';
import { structureDefinitions } from './fhir-definitions.ts';
import { examples } from './fhir-examples.ts';
import { withSnapshot } from './profile-snapshot.ts';

/**
 * Makes what is made in `fhir-profiles/`: the slim FHIR R4 definitions that the gateway loads, the snapshot of each
 * StructureDefinition from its differential, the CodeSystem of failures and the examples. Run it after a change of one of those:
 * `npx node test/support/make-fhir-profiles.ts`. A test compares its work with the folder.
 */
export function madeProfiles(): Map<string, string> {
  const made = new Map<string, string>();
  made.set('base-r4.json', `${JSON.stringify(baseDefinitions(['Appointment', 'Patient', 'Parameters']))}\n`);
  for (const file of readdirSync(folder).filter((name) => name.startsWith('StructureDefinition-'))) {
    // Files of this name are StructureDefinitions; the validation test proves it.
    const source = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as StructureDefinition;
    made.set(file, pretty(withSnapshot(source, structureDefinitions())));
  }
  made.set('CodeSystem-failure.json', pretty(failureCodes()));
  for (const [name, example] of examples) made.set(`examples/${name}.json`, pretty(example));
  return made;
}

export const folder = new URL('../../fhir-profiles/', import.meta.url);

function failureCodes(): CodeSystem {
  return {
    resourceType: 'CodeSystem',
    id: 'failure',
    url: codeSystem.failure,
    version: '0.1.0',
    name: 'PosternFailure',
    title: 'Postern: ways of saying no',
    status: 'active',
    publisher: 'Postern',
    description:
      'OperationOutcome.issue.details of every refusal. The display is the sentence in details.text.',
    caseSensitive: true,
    content: 'complete',
    count: Object.keys(failureTable).length,
    concept: Object.entries(failureTable).map(([code, { say }]) => ({
      code,
      display: say,
    })),
  };
}

function pretty(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

if (import.meta.main) for (const [file, text] of madeProfiles()) writeFileSync(new URL(file, folder), text);
