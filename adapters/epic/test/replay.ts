import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type AdapterContext, instantOf, WireFailure } from '#adapter-kit/index.ts';
import {
  createMemo,
  type InProcessAnswer,
  type InProcessRequest,
  inProcessClient,
} from '#adapter-kit/testing/index.ts';
import { epic } from '../index.ts';

/** An answer by route, or how to find one. A value without a number as `status` is the body of a success. */
export type Script = Readonly<Record<string, unknown>>;
export interface Replay {
  readonly ctx: AdapterContext;
  /** What was sent, in order. */
  readonly sent: InProcessRequest[];
  readonly routes: () => readonly string[];
}

/** Two practitioners in one department, with one visit type. */
export const settings = {
  environment: '236.2',
  practitioners: 'eVance.1, eOrtiz-2',
  locations: 'eCedar-1',
  serviceTypes: '95014;Office Visit;30',
};

/** A connection to an Epic that answers each route from a script; a route that is not in it fails the test. */
export function replay(script: Script, changed: Partial<AdapterContext> = {}): Replay {
  const sent: InProcessRequest[] = [];
  const now = () => instantOf('2031-03-01T12:00:00Z');
  const http = inProcessClient(epic.routes, async (request) => {
    sent.push(request);
    const answer = script[request.route];
    if (answer === undefined) throw new Error(`${request.route} is not in the script.`);
    return toAnswer(typeof answer === 'function' ? answer(request) : answer);
  });
  const base = 'https://emr.example/interconnect-fhir-oauth';
  return {
    sent,
    routes: () => sent.map(({ route }) => route),
    ctx: { http, base, timeZone: 'America/Chicago', settings, now, memo: createMemo(now), ...changed },
  };
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
export function outcome(code: string, severity = 'fatal'): Record<string, unknown> {
  const system = 'urn:oid:1.2.840.114350.1.13.236.2.7.2.657369';
  return {
    resourceType: 'OperationOutcome',
    issue: [{ severity, code: 'processing', details: { coding: [{ system, code }], text: 'Okafor-Canary' } }],
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

function toAnswer(value: unknown): InProcessAnswer {
  if (value instanceof WireFailure) throw value;
  const isWhole =
    typeof value === 'object' && value !== null && 'status' in value && typeof value.status === 'number';
  // Whatever has a status was written as an answer.
  return isWhole ? (value as InProcessAnswer) : { status: 200, body: value };
}
