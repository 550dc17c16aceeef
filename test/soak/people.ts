import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client, Offer, Request } from './client.ts';
import type { Place, Said } from './history.ts';

/** One invented person who wants one appointment, and the one or two platforms that call for them. */
export interface Journey {
  /** Unlike everybody else's, in letters. */
  readonly person: string;
  readonly client: Client;
  /** Calls at the same moment, for the same person. */
  readonly twin: Client;
  /** Makes the person known by the front desk, where the EMR lets nobody else do it; missing where it lets us. */
  readonly admit?: (person: NewPerson) => Promise<void>;
}

/** An invented person, as a front desk has to know them. */
export interface NewPerson {
  readonly family: string;
  readonly given: string;
  /** yyyy-MM-dd */
  readonly birthDate: string;
}

/** What stays of a journey, to be read once more when everything is over. */
export interface Stay {
  readonly person: string;
  readonly client: Client;
  readonly appointment: string;
}

/** How people behave; probabilities. A gateway that knows less is met with fewer of these. */
export interface Manners {
  readonly holds: number;
  readonly twins: number;
  readonly impatient: number;
  readonly givesUp: number;
  readonly keyless: number;
  readonly repeats: number;
  readonly moves: number;
  readonly cancels: number;
}

export const everything: Manners = {
  holds: 0.25,
  twins: 0.15,
  impatient: 0.12,
  givesUp: 0.05,
  keyless: 0.2,
  repeats: 0.15,
  moves: 0.2,
  cancels: 0.2,
};

/** Creates the patient, or finds the one whom the front desk has admitted, finds a time, holds it perhaps, books it, and perhaps moves or cancels it. */
export async function travel(journey: Journey, manners: Manners): Promise<Stay | undefined> {
  const { client, person } = journey;
  const { random } = client;
  const patient = await becomeKnown(journey, manners);
  if (patient === undefined) return undefined;
  const tried = new Set<number>();
  for (let tries = 0; tries < 5; tries += 1) {
    const offer = await someOffer(client, tried);
    if (offer === undefined) continue;
    // Never the same start again: what was refused once could otherwise not be told from what was asked for later.
    tried.add(offer.start);
    const said = await book(journey, manners, patient, offer);
    if (said.is === 'no') continue;
    if (said.is !== 'done' || said.appointment === undefined) return undefined;
    let { id } = said.appointment;
    // A move may leave another record, which then has an id of its own.
    if (random.chance(manners.moves)) id = (await move(journey, manners, patient, id, tried)) ?? id;
    if (random.chance(manners.cancels)) await cancel(journey, manners, id);
    return { person, client, appointment: id };
  }
  return undefined;
}

async function becomeKnown(
  { person, client, twin, admit }: Journey,
  manners: Manners,
): Promise<string | undefined> {
  const { random } = client;
  const birthDate = `19${random.between(30, 99)}-0${random.between(1, 9)}-1${random.int(9)}`;
  const body = {
    resourceType: 'Patient',
    name: [{ family: person, given: ['Robin'] }],
    birthDate,
    telecom: [{ system: 'phone', value: '+1 303 555 0100' }],
  };
  await admit?.({ family: person, given: 'Robin', birthDate });
  const ask = (): Request =>
    admit
      ? {
          ...named('find-patient', true),
          person,
          method: 'POST',
          path: '/Patient/$match',
          body: { resourceType: 'Parameters', parameter: [{ name: 'resource', resource: body }] },
        }
      : {
          ...named('create-patient', random.chance(manners.keyless)),
          person,
          method: 'POST',
          path: '/Patient',
          body,
        };
  const asked = [client.insist(ask())];
  if (random.chance(manners.twins)) asked.push(twin.insist(ask()));
  const [said] = await Promise.all(asked);
  return said?.is === 'done' ? said.patient : undefined;
}

async function book(
  { person, client, twin }: Journey,
  manners: Manners,
  patient: string,
  offer: Offer,
): Promise<Said> {
  const { random } = client;
  const held = random.chance(manners.holds) ? await hold(client, person, offer) : undefined;
  if (held?.is === 'no') return held;
  const holdId = held?.is === 'done' ? held.appointment?.id : undefined;
  const request = bookRequest(client, manners, person, patient, offer, holdId);
  const bystanders: Promise<unknown>[] = [];
  if (random.chance(manners.impatient))
    for (let more = 0; more < 2; more += 1) bystanders.push(client.send(request));
  if (holdId === undefined && random.chance(manners.twins))
    bystanders.push(twin.insist(bookRequest(twin, manners, person, patient, offer, undefined)));
  if (random.chance(manners.givesUp) && bystanders.length === 0 && request.key !== undefined) {
    const first = await client.send({ ...request, headers: { prefer: 'respond-async' } });
    if (first.is === 'later') await client.send({ ...request, wish: 'give-up' });
  }
  const said = await client.insist(request);
  await Promise.all(bystanders);
  if (said.is === 'done' && random.chance(manners.repeats)) {
    await delay(random.between(0, 2_000));
    await client.insist(request);
  }
  return said;
}

function hold(client: Client, person: string, offer: Offer): Promise<Said> {
  return client.insist({
    ...named('hold', true),
    person,
    place: placeOf(offer),
    method: 'POST',
    path: '/Appointment/$hold',
    body: parameters({ name: 'appointment-reference', reference: `Appointment/${offer.id}` }),
  });
}

function bookRequest(
  { random }: Client,
  manners: Manners,
  person: string,
  patient: string,
  offer: Offer,
  holdId: string | undefined,
): Request {
  const keyless = random.chance(manners.keyless);
  const asked = { ...named('book', keyless), person, place: placeOf(offer) };
  if (holdId === undefined && random.chance(0.5))
    return { ...asked, method: 'POST', path: '/Appointment', body: booked(patient, offer.id) };
  return {
    ...asked,
    ...(holdId !== undefined && { held: true }),
    method: 'POST',
    path: '/Appointment/$book',
    body: parameters(
      { name: 'appointment-reference', reference: `Appointment/${holdId ?? offer.id}` },
      { name: 'patient-id', reference: `Patient/${patient}` },
    ),
  };
}

/** @returns the id of the appointment that stands at the new time */
async function move(
  { person, client }: Journey,
  manners: Manners,
  patient: string,
  appointment: string,
  tried: Set<number>,
): Promise<string | undefined> {
  const offer = await someOffer(client, tried);
  if (offer === undefined) return undefined;
  tried.add(offer.start);
  const said = await client.insist({
    ...named('move', client.random.chance(manners.keyless)),
    person,
    appointment,
    place: placeOf(offer),
    method: 'POST',
    path: '/Appointment/$book',
    body: { ...booked(patient, offer.id), id: appointment },
  });
  return said.is === 'done' ? said.appointment?.id : undefined;
}

async function cancel({ person, client }: Journey, manners: Manners, appointment: string): Promise<void> {
  await client.insist({
    ...named('cancel', client.random.chance(manners.keyless)),
    person,
    appointment,
    method: 'PATCH',
    path: `/Appointment/${appointment}`,
    headers: { 'if-match': '*' },
    body: [{ op: 'replace', path: '/status', value: 'cancelled' }],
  });
}

/** Reads what was booked, when nothing happens any more. */
export async function readAgain({ person, client, appointment }: Stay): Promise<void> {
  await client.insist({
    ...named('read', true),
    person,
    appointment,
    method: 'GET',
    path: `/Appointment/${appointment}`,
    body: undefined,
  });
}

async function someOffer(client: Client, tried: ReadonlySet<number>): Promise<Offer | undefined> {
  const { random } = client;
  for (let looks = 0; looks < 20; looks += 1) {
    const day = new Date(Date.now() + random.between(3, 170) * 86_400_000);
    const offers = await client.find(day.toISOString().slice(0, 10));
    const fresh = offers.filter(({ start }) => !tried.has(start));
    if (fresh.length > 0) return random.pick(fresh);
    await delay(100);
  }
  return undefined;
}

function named<W extends Request['wish']>(wish: W, keyless: boolean) {
  const ask = randomUUID();
  return { wish, ask, ...(!keyless && { key: ask }) };
}

function booked(patient: string, slot: string) {
  return {
    resourceType: 'Appointment',
    status: 'booked',
    slot: [{ reference: `Slot/${slot}` }],
    participant: [{ actor: { reference: `Patient/${patient}` }, status: 'accepted' }],
  };
}

function parameters(...given: readonly { name: string; reference: string }[]) {
  const parameter = given.map(({ name, reference }) => ({ name, valueReference: { reference } }));
  return { resourceType: 'Parameters', parameter };
}

function placeOf({ start, end, practitioner, location }: Offer): Place {
  return { start, end, practitioner, location };
}

/** A name in letters that is part of no other: `Person` and five letters. */
export function nameOf(number: number): string {
  const letters = Array.from({ length: 5 }, (_, place) =>
    String.fromCharCode(97 + (Math.floor(number / 26 ** place) % 26)),
  );
  return `Person${letters.reverse().join('')}`;
}
