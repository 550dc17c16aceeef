import { join } from 'node:path';
import { z } from '#adapter-kit/index.ts';
import { type EmrAnswer, type EmrRequest, Refusal, startSimulator } from '#simulator-kit/index.ts';
import type { Canaries } from '#test/canary.ts';
import { openDental as adapter } from '../../adapters/open-dental/index.ts';
import type { OfficePlan, SeedPatient } from '../../adapters/open-dental/simulator/office-plan.ts';
import { cedar } from '../../adapters/open-dental/simulator/offices/cedar.ts';
import { openDental } from '../../adapters/open-dental/simulator/open-dental.ts';
import { DEMO_KEY, type startOffice } from '../../adapters/open-dental/simulator/start-office.ts';

/** Somebody of the office, all of whose data are canaries. */
export interface CanaryPatient {
  readonly family: string;
  readonly given: string;
  readonly birthDate: string;
  readonly phone: string;
  readonly email: string;
}

export interface CanaryOffice {
  readonly patients: readonly CanaryPatient[];
  /** For `addPractice`. */
  readonly start: typeof startOffice;
}

/**
 * An Open Dental office that tells more than it should: every field of every answer that the route's schema does not
 * name holds a canary, notes hold one beside the marker, errors and headers hold one, and what patients and
 * appointments are numbered by are canaries too.
 */
export function canaryOffice(canaries: Canaries): CanaryOffice {
  const patients = Array.from({ length: 8 }, () => canaryPatient(canaries));
  const plan: OfficePlan = { ...cedar, patients: patients.map((one) => seedOf(one, canaries)) };
  const emulation = telltale(openDental(plan, [DEMO_KEY]), canaries);
  return {
    patients,
    start: ({ stateDir, settings = {}, ...options }) =>
      startSimulator({
        emulation,
        stateFile: join(stateDir, 'canary-office.json'),
        settings,
        ...(options.now === undefined ? {} : { now: options.now }),
      }),
  };
}

export function canaryPatient(canaries: Canaries): CanaryPatient {
  const where = 'patient of the EMR';
  return {
    family: canaries.name(`family name of a ${where}`),
    given: canaries.name(`given name of a ${where}`),
    birthDate: canaries.birthDate(`birth date of a ${where}`),
    phone: canaries.phone(`phone of a ${where}`),
    email: canaries.email(`e-mail of a ${where}`),
  };
}

function seedOf(person: CanaryPatient, canaries: Canaries): SeedPatient {
  return {
    LName: person.family,
    FName: person.given,
    Birthdate: person.birthDate,
    Gender: 'Female',
    WirelessPhone: person.phone,
    Email: person.email,
    PriProv: 1,
    MiddleI: canaries.name('middle name of a patient of the EMR'),
    Preferred: canaries.name('preferred name of a patient of the EMR'),
    HmPhone: canaries.phone('home phone of a patient of the EMR'),
    MedUrgNote: canaries.note('urgent medical note of a patient of the EMR'),
  };
}

type Dental = ReturnType<typeof openDental>;
type Handler = Dental['routes'][number]['handle'];

function telltale(office: Dental, all: Canaries): Dental {
  const canaries = onceEach(all);
  const tell = (answer: EmrAnswer, kept: ReadonlySet<string>): EmrAnswer => ({
    ...answer,
    headers: {
      ...answer.headers,
      'x-patient': encodeURIComponent(canaries.name('header of an EMR answer')),
      'set-cookie': `chart=${canaries.secret('cookie of an EMR answer')}`,
      ...(answer.headers?.location && {
        location: `https://example.org/${canaries.secret('Location of an EMR answer')}`,
      }),
    },
    ...(answer.body && { body: rewritten(answer.body, (value) => spoil(value, kept, canaries)) }),
  });
  const route = (kept: ReadonlySet<string>, handle: Handler): Handler => {
    return (call) => {
      const request = numberedAsInside(call.request);
      const path = Object.fromEntries(
        Object.entries(call.path).map(([name, value]) => [name, insideNumber(name, value)]),
      );
      try {
        return tell(handle({ ...call, request, path }), kept);
      } catch (error) {
        throw error instanceof Refusal ? new Refusal(tell(error.answer, kept)) : error;
      }
    };
  };
  const text = (words: string): string => `${words} ${canaries.note('error text of the EMR')}`;
  return {
    ...office,
    routes: office.routes.map((one) => ({ ...one, handle: route(keptBy(one), one.handle) })),
    error: (status, words, settings) => office.error(status, text(words), settings),
    texts: {
      throttled: text(office.texts.throttled),
      timeout: text(office.texts.timeout),
      failure: text(office.texts.failure),
      lostConnectivity: text(office.texts.lostConnectivity),
    },
  };
}

/** One canary for each place, however often it is told: what matters is where a leak comes from. */
function onceEach(canaries: Canaries): Canaries {
  const known = new Map<string, string>();
  const once = (make: (where: string) => string) => (where: string) => {
    const told = known.get(where) ?? make(where);
    known.set(where, told);
    return told;
  };
  const { name, note, birthDate, ssn, secret } = canaries;
  return {
    ...canaries,
    name: once(name),
    note: once(note),
    birthDate: once(birthDate),
    ssn: once(ssn),
    secret: once(secret),
  };
}

/** Names that the wall lets in from this route, by the adapter's own schema. */
function keptBy({
  method,
  template,
}: Pick<Dental['routes'][number], 'method' | 'template'>): ReadonlySet<string> {
  const route = Object.values(adapter.routes).find(
    (one) => one.method === method && one.template === template,
  );
  const schema = route?.response instanceof z.ZodArray ? route.response.element : route?.response;
  return new Set(schema instanceof z.ZodObject ? Object.keys(schema.shape) : []);
}

/** The numbers outside are those inside and this much: ten digits, too many to be anything else by chance. */
const numbers: Readonly<Record<string, number>> = { PatNum: 4_815_160_000, AptNum: 7_302_910_000 };

function numberedAsInside(request: EmrRequest): EmrRequest {
  const query = [...request.query].map(([name, value]): [string, string] => [
    name,
    insideNumber(name, value),
  ]);
  const body = rewritten(request.body, (value) =>
    typeof value === 'object' && value !== null
      ? Object.fromEntries(
          Object.entries(value).map(([name, inner]) =>
            typeof inner === 'number' ? [name, inner - (numbers[name] ?? 0)] : [name, inner],
          ),
        )
      : value,
  );
  return { ...request, query: new URLSearchParams(query), body };
}

function insideNumber(name: string, value: string): string {
  const more = numbers[name];
  return more === undefined || !/^\d+$/.test(value) ? value : String(Number(value) - more);
}

/** Every name that is not kept says a canary, and some more names are there than the vendor has. */
function spoil(value: unknown, kept: ReadonlySet<string>, canaries: Canaries): unknown {
  if (typeof value === 'string') return `${value} ${canaries.note('sentence of an EMR answer')}`;
  if (Array.isArray(value)) return value.map((one) => spoil(one, kept, canaries));
  if (typeof value !== 'object' || value === null) return value;
  const told = Object.entries(value).map(([name, inner]): [string, unknown] => {
    const where = `${name} of an EMR answer`;
    const more = numbers[name];
    if (more !== undefined && typeof inner === 'number')
      return [name, inner === 0 ? 0 : Number(canaries.plant(String(inner + more), 'number', where))];
    if (name === 'Note') return [name, `${canaries.note(where)} ${inner} ${canaries.note(where)}`];
    return [name, kept.has(name) ? inner : canaries.note(where)];
  });
  return {
    ...Object.fromEntries(told),
    SSN: canaries.ssn('SSN of an EMR answer'),
    medicalHistory: [{ problem: canaries.note('nested field of an EMR answer') }],
    [canaries.name('name of a field of an EMR answer')]: canaries.birthDate('unknown field of an EMR answer'),
  };
}

function rewritten(text: string, change: (value: unknown) => unknown): string {
  try {
    return JSON.stringify(change(JSON.parse(text)));
  } catch {
    return text;
  }
}
