import { inspect } from 'node:util';
import type { Patient } from '@medplum/fhirtypes';
import type { Canaries } from '#test/canary.ts';
import type { TestGateway } from '#test/gateway.ts';
import type { TestPractice } from '#test/practice.ts';
import type { CanaryPatient } from './canary-office.ts';
import type { Sinks } from './canary-sinks.ts';

/** One request as raw as an agent could send it. */
export interface Call {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Missing: the agent's own. null: none. */
  readonly token?: string | null;
  /** Whom the request describes: an answer may say that person's name, birth date, phone and e-mail again. */
  readonly person?: CanaryPatient;
}
export interface Told {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into the JSON of answers
  readonly body: any;
}
export type Ask = (method: string, path: string, call?: Call) => Promise<Told>;

/** Asks, and keeps every answer for the scan: status line, headers and body, less what {@link meantToBeGiven} names. */
export function asker(gateway: TestGateway, practice: TestPractice, sinks: Sinks): Ask {
  return async (method, path, call = {}) => {
    const { body, headers = {}, person } = call;
    const token = call.token === undefined ? await practice.agent.token() : call.token;
    const url = path.startsWith('http') ? path : `${gateway.url}${path}`;
    const form = body instanceof URLSearchParams;
    const answer = await fetch(url, {
      method,
      redirect: 'manual',
      signal: AbortSignal.timeout(30_000),
      headers: {
        ...(body !== undefined && { 'content-type': form ? forms : json(method) }),
        ...(token !== null && { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body !== undefined && { body: form || typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    const parsed = parse(text);
    const asked = new URLSearchParams(new URL(url).searchParams);
    // A search for patients' appointments says nothing of its form; one for staff, places and times may.
    if (form && !url.includes('/Appointment/')) for (const [name, value] of body) asked.append(name, value);
    const kept = parsed === undefined ? text : meantToBeGiven(parsed, person, asked);
    const where = `${method} ${new URL(url).pathname.split('/').slice(0, 5).join('/')} ${answer.status}`;
    sinks.keepAnswer(where, `${inspect([...answer.headers])} ${JSON.stringify(kept)}`);
    return { status: answer.status, headers: answer.headers, body: parsed };
  };
}

const forms = 'application/x-www-form-urlencoded';
const json = (method: string): string =>
  method === 'PATCH' ? 'application/json-patch+json' : 'application/fhir+json';

/**
 * Takes out of an answer what it is meant to give, and nothing else:
 *
 * - of a Patient: name, birth date, phone and e-mail, each only if it is exactly what this request said of the person;
 * - of a searchset's links: a parameter with exactly the value that this very search gave it.
 */
export function meantToBeGiven(
  value: unknown,
  person: CanaryPatient | undefined,
  asked: URLSearchParams,
): unknown {
  if (Array.isArray(value)) return value.map((one) => meantToBeGiven(one, person, asked));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]): [string, unknown] => [
    name,
    name === 'url' && 'relation' in value
      ? withoutOwn(String(inner), asked)
      : meantToBeGiven(inner, person, asked),
  ]);
  const rest = Object.fromEntries(entries);
  if (person === undefined || rest.resourceType !== 'Patient') return rest;
  const { family, given, birthDate, phone, email } = person;
  const own = new Map(
    Object.entries({
      name: [{ family, given: [given] }],
      birthDate,
      telecom: [
        { system: 'phone', value: phone },
        { system: 'email', value: email },
      ],
    }).map(([name, said]) => [name, JSON.stringify(said)]),
  );
  return Object.fromEntries(
    Object.entries(rest).filter(([name, said]) => own.get(name) !== JSON.stringify(said)),
  );
}

function withoutOwn(address: string, asked: URLSearchParams): string {
  const url = new URL(address);
  for (const [name, value] of asked) if (url.searchParams.get(name) === value) url.searchParams.delete(name);
  return url.href;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** As a caller describes themselves, in the fields that are read. */
export function describedBy({ family, given, birthDate, phone, email }: CanaryPatient): Patient {
  return {
    resourceType: 'Patient',
    name: [{ family, given: [given] }],
    birthDate,
    telecom: [
      { system: 'phone', value: phone },
      { system: 'email', value: email },
    ],
  };
}

/** The same person with all else that FHIR R4 lets be said of one. */
export function describedInFull(person: CanaryPatient, canaries: Canaries): Patient {
  const where = (element: string) => `Patient.${element} of a request`;
  const note = (element: string) => canaries.note(where(element));
  return {
    ...describedBy(person),
    text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${note('text')}</div>` },
    identifier: [
      {
        system: `urn:x:${canaries.secret(where('identifier.system'))}`,
        value: canaries.ssn(where('identifier')),
      },
    ],
    address: [
      {
        text: note('address.text'),
        line: [note('address.line')],
        city: canaries.name(where('address.city')),
      },
    ],
    contact: [
      {
        name: { text: canaries.name(where('contact.name')) },
        telecom: [{ system: 'phone', value: canaries.phone(where('contact.telecom')) }],
      },
    ],
    maritalStatus: { text: note('maritalStatus') },
    communication: [{ language: { text: note('communication') } }],
    generalPractitioner: [{ display: canaries.name(where('generalPractitioner')) }],
    extension: [{ url: 'http://example.org/x', valueString: note('extension') }],
    deceasedDateTime: canaries.birthDate(where('deceasedDateTime')),
  };
}
