import { Failure } from '#domain/failure.ts';
import { utcInstant } from './date-time.ts';
import { refuseDemographicsInUrl } from './demographics-in-url.ts';
import {
  type Input,
  integer,
  readInputs,
  references,
  refuseOthers,
  span,
  text,
  tokens,
} from './parameters.ts';
import type { OpenWindow, SearchContext } from './search.ts';
import type { Token } from './token.ts';

/** What `$find` asks for. Lists are in the caller's order of preference; several entries mean any of them. */
export interface FindInput {
  readonly window: OpenWindow;
  readonly visitTypes: readonly Token[];
  /** Ids of HealthcareService, the other way to name a visit type. */
  readonly services: readonly string[];
  readonly practitioners: readonly string[];
  readonly locations: readonly string[];
  readonly schedules: readonly string[];
  /** Id of the patient the time is for. */
  readonly patient?: string;
  /** Offers on a page, 0 to 100. */
  readonly count?: number;
  readonly cursor?: string;
  /** The parameters of the query string, for the `self` link and for `next`; without `_cursor`. */
  readonly applied: readonly (readonly [name: string, value: string])[];
}

/**
 * Reads `Appointment/$find` by GET or POST: IHE ITI-115 "Find Potential Appointments" and Argonaut Scheduling 1.0.1.
 * `start` and `end` may be dateTimes or dates; a bare date is the whole local day, at the end too. Filters that cannot
 * be honoured (specialty, organization, timing, coverage …) are refused. `patient-resource` may come in a body and is
 * not read: an opening is the same for everyone.
 *
 * @throws Failure `unknown-parameter`, `demographics-in-url`, `invalid-date`, `invalid-value`, `malformed-resource`
 */
export function readFind(
  request: { readonly url: URLSearchParams; readonly body?: unknown },
  { zone, base }: SearchContext,
): FindInput {
  refuseDemographicsInUrl('Appointment', request.url);
  const inputs = readInputs(request, undefined);
  refuseOthers(inputs, served);
  const all = (...names: readonly string[]): Input[] => inputs.filter(({ name }) => names.includes(name));
  const only = (...names: readonly string[]): Input | undefined => {
    const [first, second] = all(...names);
    if (second !== undefined)
      throw new Failure('invalid-value', {
        expression: second.at,
        hint: 'Send it once.',
      });
    return first;
  };
  for (const format of all('_format')) refuseOtherFormats(text(format));
  const start = only('start');
  const end = only('end');
  const from = start && span(start, zone).from;
  const to = end && endOf(end, zone);
  if (from !== undefined && to !== undefined && from >= to)
    throw new Failure('invalid-date', {
      expression: end?.at ?? 'end',
      hint: 'The end lies before the start.',
    });
  const patient = only('patient-reference', 'patient');
  const count = only('_count');
  const cursor = only('_cursor');
  const patientId = patient && references(patient, ['Patient'], base)[0];
  return {
    window: {
      ...(from !== undefined && { from: utcInstant(from) }),
      ...(to !== undefined && { to: utcInstant(to) }),
    },
    visitTypes: all('visit-type', 'service-type').flatMap(tokens),
    services: all('service-type-reference').flatMap((input) =>
      references(input, ['HealthcareService'], base),
    ),
    practitioners: all('practitioner').flatMap((input) => references(input, ['Practitioner'], base)),
    locations: all('location-reference', 'location').flatMap((input) =>
      references(input, ['Location'], base),
    ),
    schedules: all('schedule').flatMap((input) => references(input, ['Schedule'], base)),
    applied: [...request.url].filter(([name]) => name !== '_cursor'),
    ...(patientId !== undefined && { patient: patientId }),
    ...(count !== undefined && { count: Math.min(100, integer(count)) }),
    ...(cursor !== undefined && { cursor: cursorText(cursor) }),
  };
}

const served: ReadonlySet<string> = new Set([
  'start',
  'end',
  'visit-type',
  'service-type',
  'service-type-reference',
  'practitioner',
  'location-reference',
  'location',
  'schedule',
  'patient-reference',
  'patient',
  'patient-resource',
  '_count',
  '_cursor',
  '_format',
]);

/** A bare date takes the whole day in; an instant is where the window ends. */
function endOf(input: Input, zone: string): number {
  const { from, to } = span(input, zone);
  return text(input).includes('T') ? from : to;
}

function cursorText(input: Input): string {
  const cursor = text(input);
  if (!/^[A-Za-z0-9_.~-]{1,500}$/.test(cursor)) throw new Failure('invalid-value', { expression: input.at });
  return cursor;
}

function refuseOtherFormats(format: string): void {
  if (!/^(json|(application|text)\/(fhir[+ ])?json)(;.*)?$/i.test(format))
    throw new Failure('not-acceptable');
}
