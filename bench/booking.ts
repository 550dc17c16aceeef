import type { Appointment, Bundle } from '@medplum/fhirtypes';
import { demoPatients } from '../adapters/open-dental/simulator/demo-patients.ts';
import { callJson, type DirectEmr, directEmr } from './emr.ts';
import { type Figure, figure, type Pair } from './figure.ts';
import type { Told } from './gateway.ts';
import { oneRead } from './one-read.ts';
import { spreadOf } from './spread.ts';
import type { Stage } from './stage.ts';

/** One booking by the gateway, and its calls to the EMR once more without it, milliseconds. */
interface Round {
  readonly gateway: number;
  readonly direct: number;
  readonly find: Shares;
  readonly book: Shares;
  readonly calls: number;
}

/** Of one request to the gateway: time with the EMR, and all the rest. */
interface Shares {
  readonly emr: number;
  readonly own: number;
}

const slices = 5;
const warmUps = 3;

/**
 * Find and book, beside the very same requests sent straight to the simulator: they are read from its journal, the
 * appointment is taken off the book again, and they are replayed. Then what the gateway adds to reading one.
 */
export async function bookings(stage: Stage, rounds: number): Promise<Figure[]> {
  const emr = directEmr(stage.simulatorUrl);
  const agent = await agentOf(stage);
  const measured: Round[] = [];
  for (let count = -warmUps; count < rounds; count += 1) {
    const booking = await bookByGateway(stage, emr, agent);
    const direct = await replay(emr, booking);
    const { gateway, find, book, requests } = booking;
    if (count >= 0) measured.push({ gateway, direct, find, book, calls: requests.length });
  }
  const { id, emrId } = await bookByGateway(stage, emr, agent);
  return [
    ...figuresOf(measured),
    ...(await oneRead(
      () => agent.fhir('GET', `/Appointment/${id}`),
      () => emr.call('GET', `/api/v1/appointments/${emrId}`),
    )),
  ];
}

/** A voice agent with one patient on the line. */
interface BenchAgent {
  fhir(method: string, path: string, body?: unknown): Promise<unknown>;
  readonly patientId: string;
  /** Times it has booked: the same patient at the same time would be the same booking again. */
  readonly used: Set<string>;
}

async function agentOf(stage: Stage): Promise<BenchAgent> {
  const authorization = `Bearer ${await stage.token()}`;
  const fhir: BenchAgent['fhir'] = (method, path, body) =>
    callJson(method, `${stage.url}/fhir/R4${path}`, { authorization }, body);
  await stage.gateway.ask('keep');
  const [person] = demoPatients.cedar;
  const name = [{ family: person?.family, given: [person?.given] }];
  const matched = await fhir('POST', '/Patient/$match', {
    resourceType: 'Patient',
    name,
    birthDate: person?.birthDate,
  });
  return { fhir, patientId: firstId(matched), used: new Set() };
}

interface Booking extends Pick<Round, 'gateway' | 'find' | 'book'> {
  /** The gateway's id of the appointment. */
  readonly id: string;
  readonly emrId: string;
  /** What the EMR was asked, in order. */
  readonly requests: readonly Entry[];
}

async function bookByGateway(stage: Stage, emr: DirectEmr, agent: BenchAgent): Promise<Booking> {
  const before = await journal(emr, 0);
  await stage.gateway.ask('told');
  const ahead = 2 + (agent.used.size % 14);
  const date = new Date(Date.now() + ahead * 86_400_000).toISOString().slice(0, 10);

  const begun = performance.now();
  const found = await agent.fhir('GET', `/Appointment/$find?start=${date}&_count=50`);
  const booked = await agent.fhir('POST', '/Appointment/$book', {
    resourceType: 'Parameters',
    parameter: [
      {
        name: 'appointment-reference',
        valueReference: { reference: `Appointment/${unusedTime(found, agent.used)}` },
      },
      { name: 'patient-resource', resource: { resourceType: 'Patient', id: agent.patientId } },
    ],
  });
  const gateway = performance.now() - begun;

  const told = await stage.gateway.ask<Told>('told');
  const requests = await journal(emr, before.at(-1)?.seq ?? 0);
  const emrId = requests
    .slice(requests.findIndex(({ method }) => method === 'POST'))
    .map(({ path }) => /\/appointments\/(\d+)$/.exec(path)?.[1])
    .find((id) => id !== undefined);
  if (emrId === undefined) throw new Error('The booking was not read back.');
  return {
    gateway,
    find: sharesOf(told, 'GET /Appointment/$find'),
    book: sharesOf(told, 'POST /Appointment/$book'),
    id: firstId(booked),
    emrId,
    requests,
  };
}

/** Takes the appointment off the book and makes it again by the same requests, directly; milliseconds. */
async function replay(emr: DirectEmr, { emrId, requests }: Booking): Promise<number> {
  const body = newAppointment((await emr.call('GET', `/api/v1/appointments/${emrId}`)) as Row); // a JSON object
  await emr.control('POST', '/staff', { action: 'delete', id: emrId });

  const begun = performance.now();
  let made = emrId;
  for (const { method, path, query } of requests) {
    if (method === 'POST')
      made = String(((await emr.call(method, path, body)) as Row).AptNum); // as the vendor answers
    else
      await emr.call(method, address(path.replace(`/appointments/${emrId}`, `/appointments/${made}`), query));
  }
  return performance.now() - begun;
}

function figuresOf(rounds: readonly Round[]): Figure[] {
  const size = Math.ceil(rounds.length / slices);
  const parts = Array.from({ length: slices }, (_, at) => rounds.slice(at * size, (at + 1) * size));
  const pairs = (one: (round: Round) => number, other: (round: Round) => number, at: 'p50' | 'p95'): Pair[] =>
    parts
      .filter((part) => part.length > 0)
      .map((part) => [spreadOf(part.map(one))[at], spreadOf(part.map(other))[at]]);
  const whole = [({ gateway }: Round) => gateway, ({ direct }: Round) => direct] as const;
  const ofBook = [({ book }: Round) => book.own, ({ book }: Round) => book.emr] as const;
  const ofFind = [({ find }: Round) => find.own, ({ find }: Round) => find.emr] as const;
  return [
    figure(
      `Find and book, ${rounds[0]?.calls ?? 0} calls to the EMR, p50`,
      'ms',
      pairs(...whole, 'p50'),
      'ratio',
    ),
    figure('  p95', 'ms', pairs(...whole, 'p95'), 'ratio'),
    figure('Own share of $book beside its EMR time, p50', 'ms', pairs(...ofBook, 'p50'), 'ratio', {
      text: '≤ 15 ms',
      met: (own) => own <= 15,
    }),
    figure('  p95', 'ms', pairs(...ofBook, 'p95'), 'ratio'),
    figure('Own share of a live $find beside its EMR time, p50', 'ms', pairs(...ofFind, 'p50'), 'ratio'),
  ];
}

/** Exchanges may overlap; what is not covered by any of them is the gateway's own. */
function sharesOf({ requests, exchanges }: Told, route: string): Shares {
  const request = requests.find((one) => one.route === route);
  if (!request) throw new Error(`The gateway told nothing of ${route}.`);
  let emr = 0;
  let covered = request.from;
  for (const { from, to } of exchanges.toSorted((one, other) => one.from - other.from)) {
    if (to <= covered || from >= request.to) continue;
    emr += Math.min(to, request.to) - Math.max(from, covered);
    covered = to;
  }
  return { emr, own: request.to - request.from - emr };
}

/** A request in the simulator's journal. */
interface Entry {
  readonly seq: number;
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string | readonly string[]>>;
}

function journal(emr: DirectEmr, after: number): Promise<readonly Entry[]> {
  return emr.control('GET', `/requests?after=${after}`);
}

function address(path: string, query: Entry['query']): string {
  const pairs = Object.entries(query).flatMap(([name, values]) =>
    [values].flat().map((value): [string, string] => [name, value]),
  );
  return pairs.length === 0 ? path : `${path}?${new URLSearchParams(pairs)}`;
}

type Row = Readonly<Record<string, unknown>>;

/** What was sent to make this row. */
function newAppointment({ PatNum, Op, ProvNum, ClinicNum, AptDateTime, Pattern, Note }: Row): Row {
  const clinic = Number(ClinicNum) > 0 ? { ClinicNum } : {};
  return { PatNum, Op, ProvNum, ...clinic, AptDateTime, AptStatus: 'Scheduled', Pattern, Note };
}

function unusedTime(found: unknown, used: Set<string>): string {
  const offers = entriesOf(found).filter(({ resourceType }) => resourceType === 'Appointment');
  const offer = offers.find(({ start }) => start !== undefined && !used.has(start));
  if (!offer?.id || !offer.start) throw new Error('No time is left to book.');
  used.add(offer.start);
  return offer.id;
}

function firstId(bundle: unknown): string {
  const id = entriesOf(bundle)[0]?.id;
  if (id === undefined) throw new Error('A bundle with an entry was expected.');
  return id;
}

function entriesOf(bundle: unknown): readonly Appointment[] {
  // What the gateway answers searches and operations with; of patients only the id is read.
  return ((bundle as Bundle<Appointment>).entry ?? []).flatMap(({ resource }) => resource ?? []);
}
