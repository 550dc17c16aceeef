import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Appointment, Parameters, ParametersParameter } from '@medplum/fhirtypes';
import { searchTables } from '#fhir/search-parameters.ts';
import type { Canaries } from '#test/canary.ts';
import type { TestGateway } from '#test/gateway.ts';
import type { TestPractice } from '#test/practice.ts';
import { cancelPatch, moveTo, resourcesIn } from '#test/story.ts';
import { type CanaryPatient, canaryPatient } from './canary-office.ts';
import { type Ask, type Call, describedBy, describedInFull, type Told } from './canary-requests.ts';

/** All that the canaries are driven through by. */
export interface Stage {
  readonly gateway: TestGateway;
  readonly practice: TestPractice;
  readonly patients: readonly CanaryPatient[];
  readonly canaries: Canaries;
  readonly ask: Ask;
}

const fhir = '/fhir/R4';

/** yyyy-MM-dd. */
export function dayIn(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
}

/** Our id of a patient of the office. */
export async function patientId({ ask, patients }: Stage, index: number): Promise<string> {
  const person = patients[index];
  assert.ok(person);
  const found = await ask('POST', `${fhir}/Patient/$match`, { body: describedBy(person), person });
  const [only] = resourcesIn(found.body);
  assert.ok(only, `patient ${index} is found: ${found.status}`);
  return only.id;
}

/** A time from the day after tomorrow on that is open now. */
export async function opening({ ask }: Stage, skip = 0): Promise<Appointment & { id: string }> {
  const found = await ask('GET', `${fhir}/Appointment/$find?start=${dayIn(2)}&end=${dayIn(8)}&_count=60`);
  const one = resourcesIn(found.body)[skip];
  assert.ok(one, `something is open: ${found.status}`);
  return one;
}

/** Words in every place that an agent may fill and that we have no use for. */
function words(canaries: Canaries, where: string): ParametersParameter[] {
  return [{ name: 'comment', valueString: canaries.note(`comment of ${where}`) }];
}

/** An Appointment's elements that are read by nobody here. */
export function wordyAppointment(canaries: Canaries): Partial<Appointment> {
  const note = (element: string) => canaries.note(`Appointment.${element} of a request`);
  return {
    comment: note('comment'),
    description: note('description'),
    patientInstruction: note('patientInstruction'),
    reasonCode: [{ text: note('reasonCode') }],
    cancelationReason: { text: note('cancelationReason') },
    identifier: [{ value: canaries.ssn('Appointment.identifier of a request') }],
    supportingInformation: [{ display: note('supportingInformation') }],
    text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${note('text')}</div>` },
  };
}

export function bookBody(canaries: Canaries, offerId: string, patient: ParametersParameter): Parameters {
  return {
    resourceType: 'Parameters',
    parameter: [
      { name: 'appointment-reference', valueReference: { reference: `Appointment/${offerId}` } },
      patient,
      ...words(canaries, 'a booking'),
    ],
  };
}

const known = (id: string): ParametersParameter => ({
  name: 'patient-resource',
  resource: { resourceType: 'Patient', id },
});

/** Everything that goes well, with free text and unread elements wherever the standard has room for them. */
export async function everythingThatWorks(stage: Stage): Promise<void> {
  const { ask, canaries, patients, practice } = stage;
  const [first, second] = [await patientId(stage, 0), await patientId(stage, 1)];
  const person = patients[0];
  assert.ok(person);
  const whole = await ask('POST', `${fhir}/Patient/$match`, {
    body: describedInFull(person, canaries),
    person,
  });
  assert.equal(whole.status, 200, JSON.stringify(whole.body));

  const time = await opening(stage);
  const hold = await ask('POST', `${fhir}/Appointment/$hold`, {
    body: {
      resourceType: 'Parameters',
      parameter: [
        { name: 'appointment-reference', valueReference: { reference: `Appointment/${time.id}` } },
        ...words(canaries, 'a hold'),
      ],
    },
  });
  assert.equal(hold.status, 200, JSON.stringify(hold.body));
  const key = `call ${canaries.name('Idempotency-Key')} ${canaries.birthDate('Idempotency-Key')}`;
  const headers = {
    'idempotency-key': `"${key.normalize('NFD').replaceAll(/[^\x20-\x7e]/g, '')}"`,
    prefer: `wait=9, return=${canaries.secret('Prefer')}`,
  };
  const booking: Call = {
    body: bookBody(canaries, resourcesIn(hold.body)[0]?.id ?? '', known(first)),
    headers,
  };
  const booked = await ask('POST', `${fhir}/Appointment/$book`, booking);
  assert.equal(booked.status, 200, JSON.stringify(booked.body));
  await ask('POST', `${fhir}/Appointment/$book`, booking);
  const [made] = resourcesIn(booked.body);
  assert.ok(made);
  // What the front desk writes comes back with the appointment.
  const [entry] = await practice.simulator.booked();
  assert.ok(entry);
  await practice.simulator.staff({
    action: 'note',
    id: entry.id,
    note: canaries.note('note of the front desk'),
  });

  for (const path of [
    `/Appointment/${made.id}`,
    `/Appointment?patient=Patient/${first}`,
    `/Slot/${time.id}`,
    '/Slot',
    '/metadata',
  ])
    assert.equal((await ask('GET', fhir + path)).status, 200, path);
  await searchEverything(stage, first);

  const other = await opening(stage, 9);
  // The note of the front desk made another version of it, so the move names none.
  const { meta: _, ...unversioned } = made;
  const move = moveTo({ ...unversioned, ...wordyAppointment(canaries) }, other.id);
  const moved = await ask('POST', `${fhir}/Appointment/$book`, { body: move });
  assert.equal(moved.status, 200, JSON.stringify(moved.body));
  const cancelled = await ask('PATCH', `${fhir}/Appointment/${made.id}`, {
    body: [
      ...cancelPatch,
      {
        op: 'add',
        path: '/cancelationReason',
        value: {
          text: canaries.note('reason of a patch'),
          coding: [{ system: 'urn:x', display: canaries.note('coding of a patch') }],
        },
      },
    ],
    headers: { 'if-match': '*' },
  });
  assert.equal(cancelled.status, 200, JSON.stringify(cancelled.body));

  const slot = await opening(stage, 3);
  const created = await ask('POST', `${fhir}/Appointment`, {
    body: {
      resourceType: 'Appointment',
      ...wordyAppointment(canaries),
      cancelationReason: undefined,
      status: 'booked',
      slot: [{ reference: `Slot/${slot.id}`, display: canaries.note('slot.display') }],
      participant: [
        {
          actor: { reference: `Patient/${second}`, display: canaries.name('participant.actor.display') },
          status: 'accepted',
        },
      ],
    },
  });
  assert.equal(created.status, 201, JSON.stringify(created.body));

  const newcomer = canaryPatient(canaries);
  const patient = await ask('POST', `${fhir}/Patient`, {
    body: describedInFull(newcomer, canaries),
    person: newcomer,
    headers: { 'idempotency-key': canaries.secret('Idempotency-Key of a patient') },
  });
  assert.equal(patient.status, 201, JSON.stringify(patient.body));
  const late = canaryPatient(canaries);
  const promised = await ask('POST', `${fhir}/Patient`, {
    body: describedBy(late),
    person: late,
    headers: { prefer: 'respond-async' },
  });
  assert.equal(promised.status, 202, JSON.stringify(promised.body));
  await settled(ask, promised, late);
  const ended = await ask('DELETE', promised.headers.get('content-location') ?? '', { person: late });
  assert.equal(ended.status, 200, 'what is done stays done');
  const unwanted = canaryPatient(canaries);
  const given = { body: describedBy(unwanted), person: unwanted, headers: { prefer: 'respond-async' } };
  const { headers: address } = await ask('POST', `${fhir}/Patient`, given);
  const stopped = await ask('DELETE', address.get('content-location') ?? '', { person: unwanted });
  assert.ok([200, 422].includes(stopped.status), 'done already, or not to be taken back');
  // FHIR takes it, the wall's own grammar does not: nothing leaves.
  const email = `${canaries.name('e-mail that the wall refuses').normalize('NFC')}@${'a'.repeat(60)}.${'b'.repeat(60)}.example.org`;
  const refused = { ...canaryPatient(canaries), email };
  const walled = await ask('POST', `${fhir}/Patient`, { body: describedBy(refused), person: refused });
  assert.ok(walled.status >= 400);
}

/** Every search with what it has to be given; the directory's by GET and by form. */
async function searchEverything({ ask }: Stage, patient: string): Promise<void> {
  for (const type of Object.keys(searchTables)) {
    const query: Record<string, string> = type === 'Appointment' ? { patient: `Patient/${patient}` } : {};
    const found = await ask('GET', `${fhir}/${type}?${new URLSearchParams(query)}`);
    assert.equal(found.status, 200, type);
    assert.equal(
      (await ask('POST', `${fhir}/${type}/_search`, { body: new URLSearchParams(query) })).status,
      200,
    );
    const [one] = resourcesIn(found.body);
    if (one) assert.equal((await ask('GET', `${fhir}/${type}/${one.id}`)).status, 200, type);
  }
  const find = { resourceType: 'Parameters', parameter: [] };
  assert.equal((await ask('POST', `${fhir}/Appointment/$find`, { body: find })).status, 200);
}

async function settled(ask: Ask, promised: Told, person: CanaryPatient): Promise<void> {
  const address = promised.headers.get('content-location') ?? '';
  for (let tries = 0; tries < 40; tries += 1) {
    if ((await ask('GET', address, { person })).status === 200) return;
    await delay(100);
  }
  assert.fail('The operation ends.');
}
