import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { AdapterContext } from '#adapter-kit/index.ts';
import { type Replay, replay as replayOf, type Script } from '#adapter-kit/testing/index.ts';
import { epic } from '../index.ts';

/** Two practitioners in one department, with one visit type. */
export const settings = {
  environment: '236.2',
  practitioners: 'eVance.1, eOrtiz-2',
  locations: 'eCedar-1',
  serviceTypes: '95014;Office Visit;30',
};

/** A connection to an Epic that answers each route from a script. */
export function replay(script: Script, changed: Partial<AdapterContext> = {}): Replay {
  const base = 'https://emr.example/interconnect-fhir-oauth';
  return replayOf(epic, script, { base, settings, ...changed });
}

export function fixture(...names: readonly string[]): Script {
  const read = (name: string): Script =>
    JSON.parse(readFileSync(resolve(import.meta.dirname, `../fixtures/${name}.json`), 'utf8'));
  return Object.assign({}, ...names.map(read));
}

/** The resources of a fixture's bundle. */
export function resourcesOf(name: string, route: string): readonly Record<string, unknown>[] {
  const { entry } = fixture(name)[route] as { entry: { resource: Record<string, unknown> }[] }; // as the fixture is
  return entry.map(({ resource }) => resource);
}

/** Each of these, one after the other; the last one for good. */
export function inTurn(...answers: readonly unknown[]): () => unknown {
  let next = 0;
  return () => answers[Math.min(next++, answers.length - 1)];
}

/** An OperationOutcome as Epic writes it. */
export function outcome(code: string, severity = 'fatal', type = 'processing'): Record<string, unknown> {
  const system = 'urn:oid:1.2.840.114350.1.13.236.2.7.2.657369';
  return {
    resourceType: 'OperationOutcome',
    issue: [{ severity, code: type, details: { coding: [{ system, code }], text: 'Okafor-Canary' } }],
  };
}

/** A bundle of resources, outcomes among them. */
export function bundle(...resources: readonly Readonly<Record<string, unknown>>[]): Record<string, unknown> {
  const entry = resources.map((resource) => ({
    resource,
    search: { mode: resource.resourceType === 'OperationOutcome' ? 'outcome' : 'match' },
  }));
  return { resourceType: 'Bundle', type: 'searchset', total: entry.length, entry };
}
