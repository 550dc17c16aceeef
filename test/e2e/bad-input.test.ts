import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Appointment, Parameters, Patient } from '@medplum/fhirtypes';
import type { FhirCall, FhirResponse, TestAgent } from '#test/agent.ts';
import { startTestGateway } from '#test/gateway.ts';
import {
  appointmentIn,
  booked,
  bookParameters,
  cancelPatch,
  described,
  hold,
  holdParameters,
  moveTo,
  offer,
  patient,
} from '#test/story.ts';

/**
 * What callers send and should not: each case has its status and its OperationOutcome, and leaves every row of every
 * table (the trail and the counters of the rate limits excepted) and both EMRs as they were.
 */
const gateway = await startTestGateway();
const { cedar, saguaro } = gateway;
const { agent } = cedar;

/**
 * Everything that the cases need is there before the first of them. The clock is moved on before anything is booked:
 * bookings are looked at again after two minutes, which changes their rows too.
 */
const expiring = await offer(agent);
const expired = appointmentIn(await hold(agent, expiring.id));
gateway.advance(302_000);
await untilSwept(expired.id);
const [time, stale, who, visit] = [
  await offer(agent),
  await offer(agent),
  await patient(cedar, 0),
  await booked(cedar, 0),
];
await gateway.database.asOwner(
  `update opening set during = tstzrange(now() - interval '2 hours', now() - interval '90 minutes') where id = $1`,
  [stale.id],
);
const theirs = {
  time: await offer(saguaro.agent),
  who: await patient(saguaro, 0),
  visit: await booked(saguaro, 0),
};
const [reader, nobody] = [
  await cedar.addAgent({ scope: 'system/Slot.rs system/Patient.s' }),
  await cedar.addAgent(),
];
await nobody.token();
await cedar.disable(nobody);

/** The hold's end is written by a round of the gateway itself. */
async function untilSwept(holdId: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const { rows } = await gateway.database.asOwner('select end_code from hold where hold_id = $1', [holdId]);
    if (rows[0]?.end_code === 'expired') return;
    await delay(100);
  }
  assert.fail('The hold was not swept.');
}

interface Case {
  readonly name: string;
  readonly send: () => Promise<FhirResponse>;
  readonly status: number;
  /** FHIR IssueType and our own code. */
  readonly issue: string;
  readonly code: string;
}

const ada = described(cedar.patients[0] ?? assert.fail());
const booking: Appointment = {
  resourceType: 'Appointment',
  status: 'booked',
  slot: [{ reference: `Slot/${time.id}` }],
  participant: [{ actor: { reference: `Patient/${who}` }, status: 'accepted' }],
};
const json = { 'content-type': 'application/fhir+json' };
const get =
  (path: string, on: TestAgent = agent) =>
  () =>
    on.fhir('GET', path);
const post =
  (path: string, body: unknown, call: FhirCall = {}, on: TestAgent = agent) =>
  () =>
    on.fhir('POST', path, { body, ...call });
const book = (body: unknown, call: FhirCall = {}) => post('/Appointment/$book', body, call);
const find = (parameter: Parameters['parameter']) =>
  post('/Appointment/$find', { resourceType: 'Parameters', parameter });
const dates = (start: string, end: string) => [
  { name: 'start', valueString: start },
  { name: 'end', valueString: end },
];
const people = (change: Partial<Patient>) => ({ ...ada, ...change });
const withPatient = (resource: Patient): Parameters => ({
  resourceType: 'Parameters',
  parameter: [
    { name: 'appointment-reference', valueReference: { reference: `Appointment/${time.id}` } },
    { name: 'patient-resource', resource },
  ],
});

const row = (name: string, send: Case['send'], status: number, issue: string, code: string): Case => ({
  name,
  send,
  status,
  issue,
  code,
});

const cases: readonly Case[] = [
  row('no token', book(bookParameters(time.id, who), { token: null }), 401, 'login', 'no-token'),
  row(
    'a forged token',
    book(bookParameters(time.id, who), { token: 'a.b.c' }),
    401,
    'login',
    'invalid-token',
  ),
  row(
    'a disabled agent',
    post('/Appointment/$book', bookParameters(time.id, who), {}, nobody),
    401,
    'login',
    'agent-disabled',
  ),
  row(
    'wrong scope: booking with the right to read',
    post('/Appointment/$book', bookParameters(time.id, who), {}, reader),
    403,
    'forbidden',
    'insufficient-scope',
  ),
  row(
    'wrong scope: creating a patient',
    post('/Patient', ada, {}, reader),
    403,
    'forbidden',
    'insufficient-scope',
  ),

  row('another practice’s opening, to read', get(`/Slot/${theirs.time.id}`), 404, 'not-found', 'not-found'),
  row(
    'another practice’s opening, to hold',
    post('/Appointment/$hold', holdParameters(theirs.time.id)),
    404,
    'not-found',
    'not-found',
  ),
  row(
    'another practice’s opening, to book',
    book(bookParameters(theirs.time.id, who)),
    404,
    'not-found',
    'not-found',
  ),
  row(
    'another practice’s patient',
    book(bookParameters(time.id, theirs.who)),
    404,
    'not-found',
    'unknown-patient',
  ),
  row(
    'another practice’s patient, to search',
    get(`/Appointment?patient=${theirs.who}`),
    404,
    'not-found',
    'unknown-patient',
  ),
  row(
    'another practice’s appointment, to cancel',
    () =>
      agent.fhir('PATCH', `/Appointment/${theirs.visit.id}`, {
        body: cancelPatch,
        headers: { 'if-match': '*' },
      }),
    404,
    'not-found',
    'not-found',
  ),
  row(
    'another practice’s appointment, to move',
    book(moveTo(theirs.visit, time.id)),
    404,
    'not-found',
    'not-found',
  ),

  row('malformed JSON', book('{"resourceType":', { headers: json }), 400, 'structure', 'malformed-json'),
  row('JSON that is no object', book('[1]', { headers: json }), 400, 'structure', 'malformed-resource'),
  row('no body at all', book('', { headers: json }), 400, 'required', 'missing-element'),
  row(
    'another resource',
    book({ resourceType: 'Observation', status: 'final' }),
    400,
    'structure',
    'malformed-resource',
  ),
  row(
    'an element that FHIR R4 does not have',
    post('/Appointment', { ...booking, colour: 'blue' }),
    400,
    'structure',
    'malformed-resource',
  ),
  row(
    'an element of the wrong type',
    post('/Appointment', { ...booking, participant: 'me' }),
    400,
    'structure',
    'malformed-resource',
  ),
  row(
    'wrong content type',
    book(JSON.stringify(bookParameters(time.id, who)), { headers: { 'content-type': 'text/plain' } }),
    415,
    'not-supported',
    'unsupported-media-type',
  ),
  row(
    'a form where JSON belongs',
    book(new URLSearchParams({ 'patient-id': who })),
    415,
    'not-supported',
    'unsupported-media-type',
  ),
  row(
    'a body of 5 MB',
    book({ ...bookParameters(time.id, who), language: 'x'.repeat(5_000_000) }),
    413,
    'too-long',
    'body-too-large',
  ),
  row(
    'a body in an encoding that is not read',
    book('x', { headers: { ...json, 'content-encoding': 'compress' } }),
    415,
    'not-supported',
    'unsupported-media-type',
  ),

  row(
    'an unknown search parameter',
    get('/Slot?specialty=dentist'),
    400,
    'not-supported',
    'unknown-parameter',
  ),
  row('an unknown modifier', get('/Slot?status:not=busy'), 400, 'not-supported', 'unknown-parameter'),
  row(
    'an unknown parameter of an operation',
    find([{ name: 'speciality', valueString: 'x' }]),
    400,
    'not-supported',
    'unknown-parameter',
  ),
  row('a format that is not served', get('/Slot?_format=xml'), 406, 'not-supported', 'not-acceptable'),

  row('a day that does not exist', get('/Slot?start=2027-02-29'), 400, 'value', 'invalid-date'),
  row('such a day in $find', find(dates('2027-02-29', '2027-03-02')), 400, 'value', 'invalid-date'),
  row('a time without zone', get('/Slot?start=ge2027-03-01T10:00:00'), 400, 'value', 'invalid-date'),
  row(
    'a time without zone in $find',
    find(dates('2027-03-01T10:00:00', '2027-03-02T10:00:00Z')),
    400,
    'value',
    'invalid-date',
  ),
  row(
    'a time without zone in an Appointment',
    post('/Appointment', { ...booking, start: '2027-03-01T10:00:00', end: '2027-03-01T10:30:00' }),
    400,
    'value',
    'invalid-date',
  ),
  row(
    'an end before its start',
    get('/Slot?start=ge2027-03-02&start=lt2027-03-01'),
    400,
    'value',
    'invalid-date',
  ),
  row(
    'an end before its start in $find',
    find(dates('2027-03-02', '2027-03-01')),
    400,
    'value',
    'invalid-date',
  ),
  row(
    'an end before its start in an Appointment',
    post('/Appointment', { ...booking, start: time.end, end: time.start }),
    400,
    'value',
    'invalid-date',
  ),
  row(
    'a window of two months',
    find(dates('2027-03-01', '2027-05-01')),
    400,
    'too-costly',
    'window-too-long',
  ),

  row(
    'an unknown visit type',
    get('/Slot?service-type=brain-surgery'),
    422,
    'code-invalid',
    'unknown-visit-type',
  ),
  row(
    'an unknown visit type in $find',
    find([{ name: 'visit-type', valueCodeableConcept: { coding: [{ code: 'brain-surgery' }] } }]),
    422,
    'code-invalid',
    'unknown-visit-type',
  ),

  row(
    'a forged opening',
    book(bookParameters(`${time.id.slice(0, -1)}${time.id.endsWith('a') ? 'b' : 'a'}`, who)),
    404,
    'not-found',
    'not-found',
  ),
  row(
    'a forged opening, to hold',
    post('/Appointment/$hold', holdParameters('x')),
    404,
    'not-found',
    'not-found',
  ),
  row('a stale opening', book(bookParameters(stale.id, who)), 409, 'conflict', 'stale-opening'),
  row(
    'a stale opening, to hold',
    post('/Appointment/$hold', holdParameters(stale.id)),
    409,
    'conflict',
    'stale-opening',
  ),
  row('a stale opening, to move to', book(moveTo(visit, stale.id)), 409, 'conflict', 'stale-opening'),
  row('an expired hold', book(bookParameters(expired.id, who)), 409, 'conflict', 'hold-expired'),

  row(
    'a patient without birth date',
    book(withPatient(people({ birthDate: undefined } as never))),
    400,
    'required',
    'patient-incomplete',
  ),
  row(
    'a patient without birth date, to match',
    post('/Patient/$match', { resourceType: 'Patient', name: ada.name }),
    400,
    'required',
    'patient-incomplete',
  ),
  row(
    'a patient without birth date, to create',
    post('/Patient', { resourceType: 'Patient', name: ada.name }),
    400,
    'required',
    'patient-incomplete',
  ),
  row(
    'a birth date that does not exist',
    post('/Patient', people({ birthDate: '2001-02-29' })),
    400,
    'value',
    'invalid-date',
  ),
  row(
    'a patient whom nobody knows',
    book(bookParameters(time.id, 'nobody')),
    404,
    'not-found',
    'unknown-patient',
  ),
  row(
    'no patient',
    book({ ...bookParameters(time.id, who), parameter: bookParameters(time.id, who).parameter?.slice(0, 1) }),
    400,
    'required',
    'missing-element',
  ),

  row('a name in a query string', get('/Patient?family=Okafor'), 400, 'security', 'demographics-in-url'),
  row(
    'a birth date in the query string of a search',
    get(`/Appointment?patient=${who}&birthdate=1990-11-02`),
    400,
    'security',
    'demographics-in-url',
  ),
  row(
    'a telephone number in the query string of $find',
    get('/Appointment/$find?start=2027-03-01&phone=3035550144'),
    400,
    'security',
    'demographics-in-url',
  ),
  row(
    'patient data in the query string of a write',
    post('/Appointment/$book?family=Okafor', bookParameters(time.id, who)),
    400,
    'security',
    'demographics-in-url',
  ),
  row(
    'patient data in the query string of $match',
    post('/Patient/$match?birthdate=1990-11-02', ada),
    400,
    'security',
    'demographics-in-url',
  ),
  row(
    'patient data in the query string of a read',
    get(`/Slot/${time.id}?name=Okafor`),
    400,
    'security',
    'demographics-in-url',
  ),
];

describe('what should not have been sent', () => {
  let known: Awaited<ReturnType<typeof gateway.state>>;
  before(async () => {
    known = await gateway.state();
  });
  for (const { name, send, status, issue, code } of cases)
    it(`is refused, and changes nothing: ${name}`, async () => {
      const answer = await send();
      assert.deepEqual(
        [answer.status, answer.body.resourceType, answer.body.issue[0].code, answer.code],
        [status, 'OperationOutcome', issue, code],
        JSON.stringify(answer.body),
      );
      assert.ok(answer.body.issue[0].details.text.length > 10);
      assert.ok(
        !/Okafor|1990-11-02|3035550144/.test(JSON.stringify(answer.body)),
        'no word of it comes back',
      );
      const was = known;
      known = await gateway.state();
      assert.deepEqual(known, was);
    });

  it('is told from what should: the same requests, well made, do change something', async () => {
    assert.equal((await book(bookParameters(time.id, who))()).status, 200);
    const after = await gateway.state();
    assert.notDeepEqual(after.rows, known.rows);
    assert.notDeepEqual(after.ledgers, known.ledgers);
  });
});
