import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { DemoPractice } from './demo-file.ts';
import {
  type Appointment,
  appointment,
  capabilityStatement,
  healthcareService,
  ledger,
  patient,
  searchset,
} from './fhir-shapes.ts';
import {
  type Answer,
  alternativesOf,
  codeOf,
  type GatewayClient,
  reasonOf,
  signIn,
} from './gateway-client.ts';
import type { DemoOffice, DemoPerson } from './offices.ts';

/** Runs one step of the story and says what came of it. */
export type Step = <T>(
  name: string,
  work: () => Promise<readonly [sentence: string, result: T]>,
) => Promise<T>;

/**
 * A voice agent's call to one practice, and what the EMR's own book says afterwards.
 *
 * @returns path of the appointment that was made, moved and cancelled
 * @throws Error with a sentence where something is not as promised
 */
export async function playCall(
  base: string,
  practice: DemoPractice,
  office: DemoOffice,
  step: Step,
): Promise<string> {
  const when = (instant: string): string => spoken(instant, practice.timeZone);
  const before = await readLedger(practice);

  const gateway = await step('token', async () => [
    'An access token for ten minutes, for scheduling at this practice and nothing else.',
    await signIn(base, practice),
  ]);
  await step('metadata', () => readMetadata(gateway));
  await step('options', () => readOptions(gateway, office));
  const caller = await step('match', () => matchPatient(gateway, office.caller));
  const rival = await step('match', () => matchPatient(gateway, office.rival));
  const theirs = await step('read', () => readAppointments(gateway, [caller, rival]));
  const [first, laterOnes] = await step('find', async () => {
    const { total, offers } = await findOffers(gateway, office.visitType);
    const free = offers.filter((offer) => !theirs.some((own) => overlap(own, offer)));
    const [one, others] = timesOf(free);
    return [
      `${total} openings for "${office.visitType}"; one is ${when(one.start)} ${withWhom(one)}.`,
      [one, others],
    ];
  });
  const held = await step('hold', async () => {
    const hold = oneOf(await gateway('/Appointment/$hold', post([reference(first.id)])));
    promise(hold.status === 'pending', 'A hold is a pending Appointment.');
    const expires = hold.extension?.find(({ valueInstant }) => valueInstant !== undefined)?.valueInstant;
    return [`Kept for this caller until ${when(expires ?? hold.end)}: time to think.`, hold];
  });

  const key = { 'Idempotency-Key': randomUUID() };
  const order = post([reference(held.id), patientResource(caller)]);
  const booked = await step('book', async () => {
    const made = oneOf(await gateway('/Appointment/$book', { ...order, headers: key }));
    promise(made.status === 'booked' && made.start === first.start, 'Booked is what was offered.');
    return [`Booked, and read back from the EMR: ${when(made.start)} ${withWhom(made)}.`, made];
  });
  await step('again', async () => {
    const again = oneOf(await gateway('/Appointment/$book', { ...order, headers: key }));
    promise(again.id === booked.id, 'The same request with the same key is the same appointment.');
    return ['The same request with the same Idempotency-Key: the same appointment, nothing new.', undefined];
  });
  await step('again', async () => {
    const again = oneOf(
      await gateway('/Appointment/$book', post([reference(first.id), patientResource(caller)])),
    );
    promise(again.id === booked.id, 'The same request without a key is the same appointment.');
    return ['The same request without a key: the same appointment, nothing new.', undefined];
  });
  await step('key reused', async () => {
    const other = await gateway('/Appointment/$book', {
      ...post([reference(first.id), patientResource(rival)]),
      headers: key,
    });
    promise(
      other.status === 422 && codeOf(other) === 'key-reused',
      `A key stands for one request, but: ${reasonOf(other)}`,
    );
    return ['Another request under that key: refused (422).', undefined];
  });
  await step('too late', async () => {
    const other = await gateway('/Appointment/$book', post([reference(first.id), patientResource(rival)]));
    promise(other.status === 409, `A time is given once, but: ${reasonOf(other)}`);
    const instead = alternativesOf(other).length;
    return [
      `Somebody else asks for that time: refused (409)${instead > 0 ? `, with ${instead} other times to offer` : ''}.`,
      undefined,
    ];
  });
  const { moves } = office;
  if (moves === 'people') {
    await step('move', async () => [
      await leftToPeople(
        await askInTurn(laterOnes, (time) => gateway('/Appointment/$book', moveOf(booked, time))),
      ),
      undefined,
    ]);
    const path = `/Appointment/${booked.id}`;
    await step('cancel', async () => [
      await leftToPeople(await gateway(path, { ...cancellation, headers: ifMatch(booked) })),
      undefined,
    ]);
    await step('ledger', async () => [
      ledgerSays(before, await readLedger(practice), [{ status: 'booked', actions: ['book'] }]),
      undefined,
    ]);
    return path;
  }
  const [later] = laterOnes;
  const moved = await step('move', async () => {
    const now = oneOf(await gateway('/Appointment/$book', moveOf(booked, later)));
    promise(
      now.status === 'booked' && now.start === later.start,
      'A move ends at the time that was asked for.',
    );
    promise(
      (now.id === booked.id) === (moves === 'in-place'),
      'What was moved is the same appointment, or another one where the EMR makes another one.',
    );
    const where =
      office.moves === 'linked' ? ', which here is another appointment in place of the first' : '';
    return [`Moved to ${when(now.start)}${where}; the old time was kept until the new one was certain.`, now];
  });
  const path = `/Appointment/${moved.id}`;
  await step('stale', async () => {
    const stale = await gateway(path, { ...cancellation, headers: ifMatch(booked) });
    promise(stale.status === 412, `What has changed is not cancelled unseen, but: ${reasonOf(stale)}`);
    return ['A cancellation by somebody who has not seen the move: refused (412).', undefined];
  });
  await step('cancel', async () => {
    const answer = await gateway(path, { ...cancellation, headers: ifMatch(moved) });
    const gone = read(appointment, answer);
    promise(gone.status === 'cancelled', 'Cancelled is read back as cancelled.');
    return ['Cancelled, and read back from the EMR as cancelled.', undefined];
  });
  await step('ledger', async () => [
    ledgerSays(before, await readLedger(practice), writtenBy[moves]),
    undefined,
  ]);
  return path;
}

/** What the EMR does not let us do is not refused: it is written down for the office, and the caller hears so. */
async function leftToPeople(answer: Answer): Promise<string> {
  promise(
    answer.status === 202 && codeOf(answer) === 'needs-human',
    `What this EMR does not let us do is left to the office, but: ${reasonOf(answer)}`,
  );
  return 'This EMR does not let us do that: it stands in the queue of the office now (202, needs-human).';
}

async function readMetadata(gateway: GatewayClient): Promise<readonly [string, undefined]> {
  const { fhirVersion, rest } = read(capabilityStatement, await gateway('/metadata'));
  const [mode, booking] = ['practice-mode', 'booking-mode'].map(
    (name) => rest[0]?.extension.find(({ url }) => url.endsWith(`/${name}`))?.valueCode,
  );
  promise(mode === 'sandbox' && booking === 'live', 'A demo practice is a sandbox in which booking is live.');
  return [`FHIR ${fhirVersion}; the practice is a ${mode}, its booking is ${booking}.`, undefined];
}

async function readOptions(
  gateway: GatewayClient,
  { visitType }: DemoOffice,
): Promise<readonly [string, undefined]> {
  const services = read(searchset(healthcareService), await gateway('/HealthcareService')).entry;
  promise(
    services.some(({ resource }) => resource.id === visitType),
    `The practice offers "${visitType}".`,
  );
  return [`What can be booked: ${services.map(({ resource }) => resource.name).join(', ')}.`, undefined];
}

async function matchPatient(gateway: GatewayClient, person: DemoPerson): Promise<readonly [string, string]> {
  const { family, given, birthDate } = person;
  const resource = { resourceType: 'Patient', name: [{ family, given: [given] }], birthDate };
  const found = read(
    searchset(patient),
    await gateway('/Patient/$match', post([{ name: 'resource', resource }])),
  );
  const [one] = found.entry;
  promise(one !== undefined && found.total === 1, `${given} ${family} is one patient of this practice.`);
  return [
    `${given} ${family}, born ${birthDate}, is a patient here, known to the agent by an id of its own.`,
    one.resource.id,
  ];
}

async function readAppointments(
  gateway: GatewayClient,
  patients: readonly string[],
): Promise<readonly [string, Appointment[]]> {
  const found: Appointment[] = [];
  for (const id of patients) {
    const answer = await gateway(`/Appointment?patient=Patient/${id}&status=booked`);
    found.push(...read(searchset(appointment), answer).entry.map(({ resource }) => resource));
  }
  return [`The two have ${found.length === 0 ? 'no' : found.length} appointments in the EMR.`, found];
}

function overlap(one: Appointment, other: Appointment): boolean {
  return Date.parse(one.start) < Date.parse(other.end) && Date.parse(other.start) < Date.parse(one.end);
}

async function findOffers(gateway: GatewayClient, visitType: string) {
  const answer = await gateway(`/Appointment/$find?visit-type=${visitType}&_count=100`);
  const { total, entry } = read(searchset(appointment), answer);
  return { total, offers: entry.map(({ resource }) => resource) };
}

type Offers = readonly [Appointment, ...Appointment[]];

/** The first offer, and those that begin after it, the last one first. */
function timesOf(offers: readonly Appointment[]): [Appointment, Offers] {
  const [first] = offers;
  promise(first !== undefined, 'There are openings within two weeks.');
  const [last, ...others] = offers
    .filter(({ start }) => Date.parse(start) >= Date.parse(first.end))
    .toReversed();
  promise(last !== undefined, 'There are openings within two weeks.');
  return [first, [last, ...others]];
}

/**
 * Asks for one time after the other, until one is not refused because of an earlier story's move to it, which people have
 * not come to yet. @returns the last answer
 */
async function askInTurn(times: Offers, ask: (time: Appointment) => Promise<Answer>): Promise<Answer> {
  const [last, ...others] = times;
  let answer = await ask(last);
  for (const time of others) {
    if (answer.status !== 422 || codeOf(answer) !== 'business-rule') break;
    answer = await ask(time);
  }
  return answer;
}

type Ledger = z.infer<typeof ledger>;

async function readLedger({ simulator }: DemoPractice): Promise<Ledger> {
  return ledger.parse(await (await fetch(`${simulator.url}/__sim/ledger`)).json());
}

/** A record that the EMR has now and did not have before. */
interface Written {
  readonly status: string;
  /** What we did to it, in order. */
  readonly actions: readonly string[];
}

/** What booking, moving and cancelling leave behind, by what becomes of an appointment that is moved. */
const writtenBy: Readonly<Record<'in-place' | 'linked', readonly Written[]>> = {
  'in-place': [{ status: 'cancelled', actions: ['book', 'move', 'cancel'] }],
  linked: [
    { status: 'cancelled', actions: ['book', 'cancel'] },
    { status: 'cancelled', actions: ['book', 'cancel'] },
  ],
};

/** What the EMR has that it did not have before; others may have written meanwhile, but not through us. */
function ledgerSays(before: Ledger, after: Ledger, expected: readonly Written[]): string {
  const old = new Set(before.appointments.map(({ id }) => id));
  const ours = after.appointments
    .filter(({ id, writes }) => !old.has(id) && writes[0]?.by === 'api')
    .map(({ status, writes }) => ({
      status,
      actions: writes
        .filter(({ by, action }) => by === 'api' && action !== 'note')
        .map(({ action }) => action),
    }));
  const words = (records: readonly Written[]): string =>
    records.map(({ status, actions }) => `${actions.join(', ')} (${status})`).join('; ');
  promise(
    words(ours) === words(expected),
    `The EMR has of ours: ${words(expected)}; but it has: ${words(ours) || 'nothing'}.`,
  );
  const many = ours.length === 1 ? 'one appointment' : `${ours.length} appointments`;
  return `The EMR's own book: ${many} of ours, written by us as ${words(ours)}.`;
}

const reference = (id: string) => ({
  name: 'appointment-reference',
  valueReference: { reference: `Appointment/${id}` },
});
const patientResource = (id: string) => ({
  name: 'patient-resource',
  resource: { resourceType: 'Patient', id },
});
const post = (parameter: readonly unknown[]) =>
  ({ method: 'POST', body: { resourceType: 'Parameters', parameter } }) as const;
const moveOf = (visit: Appointment, to: Appointment) =>
  post([
    {
      name: 'appointment-resource',
      resource: { ...visit, start: to.start, end: to.end, slot: [{ reference: `Slot/${to.id}` }] },
    },
  ]);
const cancellation = {
  method: 'PATCH',
  body: [{ op: 'replace', path: '/status', value: 'cancelled' }],
} as const;
const ifMatch = ({ meta }: Appointment) => ({ 'If-Match': `W/"${meta?.versionId}"` });

/** The one Appointment of an operation's searchset. */
function oneOf(answer: Answer): Appointment {
  const bare = appointment.safeParse(answer.body); // an operation that was asked after gives it without a Bundle
  if (bare.success && answer.status < 300) return bare.data;
  const [one] = read(searchset(appointment), answer).entry;
  promise(one !== undefined, 'A success carries the appointment.');
  return one.resource;
}

function read<T>(shape: z.ZodType<T>, answer: Answer): T {
  promise(answer.status < 300, `The gateway does as it is asked, but: ${reasonOf(answer)}`);
  const parsed = shape.safeParse(answer.body);
  promise(parsed.success, 'The answer has the form that FHIR gives it.');
  return parsed.data;
}

function promise(kept: boolean, sentence: string): asserts kept {
  if (!kept) throw new Error(sentence);
}

function withWhom({ participant }: Appointment): string {
  const names = participant.flatMap(({ actor }) => actor?.display ?? []);
  return names.length > 0 ? `(${names.join(', ')})` : '';
}

/** `Mon, Nov 23, 8:30 AM MST`, on the practice's clock. */
function spoken(instant: string, timeZone: string): string {
  return new Intl.DateTimeFormat('en-US', {
    timeZone,
    weekday: 'short',
    month: 'short',
    day: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
    timeZoneName: 'short',
  }).format(new Date(instant));
}
