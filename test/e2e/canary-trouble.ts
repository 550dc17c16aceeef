import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { nilAgent } from '#scheduling/caller.ts';
import { rowId } from '#scheduling/ids.ts';
import { finishQueueEntry, listQueue, showQueueEntry, takeQueueEntry } from '#scheduling/queue.ts';
import { bookBody, dayIn, opening, patientId, type Stage } from './canary-drive.ts';
import { canaryPatient } from './canary-office.ts';
import { describedBy, describedInFull, type Told } from './canary-requests.ts';

const fhir = '/fhir/R4';

/** One of each request that has to ask the EMR, at once, each time with another patient and time. */
async function askTheEmr(stage: Stage, round: number, prefer: string): Promise<void> {
  const { ask, canaries, patients } = stage;
  const person = patients[round % 6];
  assert.ok(person);
  const newcomer = canaryPatient(canaries);
  const headers = { prefer };
  const book = async (): Promise<void> => {
    const slots = await ask('GET', `${fhir}/Slot?start=ge${dayIn(2)}&start=lt${dayIn(8)}&_count=100`);
    const free = slots.body?.entry?.[20 + 4 * round]?.resource?.id ?? 'none';
    const patient = { name: 'patient-resource', resource: describedInFull(person, canaries) };
    await ask('POST', `${fhir}/Appointment/$book`, { body: bookBody(canaries, free, patient), headers });
  };
  await Promise.all([
    ask('POST', `${fhir}/Patient/$match`, { body: describedBy(person), person }),
    ask('POST', `${fhir}/Patient`, { body: describedBy(newcomer), person: newcomer, headers }),
    book(),
  ]);
}

/** A read that is never answered. It takes as long as its route allows, so the rest goes on beside it. */
export async function emrThatHangs(stage: Stage): Promise<{ readonly answer: Promise<Told> }> {
  const { ask, practice } = stage;
  const patient = await patientId(stage, 2);
  await practice.simulator.fault({ name: 'hung', route: 'GET /appointments' });
  const answer = ask('GET', `${fhir}/Appointment?patient=Patient/${patient}`);
  const met = async () => (await practice.simulator.requests()).some((one) => 'fault' in one);
  for (let tries = 0; tries < 100 && !(await met()); tries += 1) await delay(20);
  return { answer };
}

/** The EMR fails in each of its ways, twice, with a patient in its words. */
export async function emrInTrouble(stage: Stage): Promise<void> {
  const { canaries, gateway } = stage;
  const { simulator } = stage.practice;
  const faults = [
    { name: 'hostile-body', variant: 'patient-error', text: canaries.note('error of the EMR') },
    { name: 'hostile-body', variant: 'prototype' },
    { name: 'hostile-body', variant: 'html' },
    { name: 'wrong-body', variant: 'truncated' },
    { name: 'wrong-body', variant: 'object' },
    { name: 'throttled' },
    { name: 'error-after-commit' },
    { name: 'lost-connectivity-400' },
    { name: 'late-commit', variant: '504', delayMs: 300, effect: 'write' },
    { name: 'response-lost', effect: 'write' },
    { name: 'request-dropped' },
  ];
  for (const fault of faults) await simulator.fault({ ...fault, times: 2 });
  const left = async () => {
    const answer = await fetch(`${simulator.url}/__sim/faults`);
    // As the control surface documents it.
    const { faults } = (await answer.json()) as {
      faults: { readonly times: number; readonly fired: number }[];
    };
    return faults.filter(({ times, fired }) => fired < times).length;
  };
  for (let round = 0; round < 20 && (await left()) > 0; round += 1) {
    await askTheEmr(stage, round, 'wait=1');
    // A breaker that opened shall not keep the next one away.
    gateway.advance(31_000);
  }
  assert.equal(await left(), 0, 'Every fault was played.');
}

const tables = [
  'patient_link',
  'appointment_link',
  'opening',
  'claim',
  'booking_intent',
  'booking_attempt',
  'outbox',
  'rate_limit',
  'audit_event',
];

/** Each table refuses rows for a moment, so that PostgreSQL tells the row in the DETAIL of its error; some are away. */
export async function databaseInTrouble(stage: Stage): Promise<void> {
  const { asOwner } = stage.gateway.database;
  const ask = async (round: number): Promise<void> => {
    await askTheEmr(stage, round, 'respond-async');
    await delay(200);
  };
  for (const [round, table] of tables.entries()) {
    await asOwner(`alter table ${table} add constraint canary_in_detail check (false) not valid`);
    await ask(round);
    await asOwner(`alter table ${table} drop constraint canary_in_detail`);
  }
  for (const [round, table] of ['patient_link', 'booking_intent'].entries()) {
    await asOwner(`alter table ${table} rename to away`);
    await ask(round);
    await asOwner(`alter table away rename to ${table}`);
  }
}

/** The token endpoint, refusing. */
export async function tokensRefused({ ask, canaries, practice, gateway }: Stage): Promise<void> {
  const secret = canaries.plant(practice.agent.secret, 'word', 'client secret');
  const { clientId } = practice.agent;
  const basic = (id: string, own: string) => ({
    authorization: `Basic ${Buffer.from(`${id}:${own}`).toString('base64')}`,
  });
  const forged = ['header', 'claims', 'signature']
    .map((part) =>
      Buffer.from(JSON.stringify({ sub: clientId, alg: 'ES384', jti: canaries.secret(`assertion ${part}`) })),
    )
    .map((part) => part.toString('base64url'))
    .join('.');
  const grant = { grant_type: 'client_credentials' };
  const forms: [Record<string, string>, Record<string, string>?][] = [
    [grant, basic(clientId, secret)],
    [grant, basic(clientId, canaries.secret('wrong client secret'))],
    [grant, basic(canaries.secret('client id'), secret)],
    [{ ...grant, scope: `system/${canaries.secret('scope')}.rs` }, basic(clientId, secret)],
    [{ ...grant, resource: `https://${canaries.secret('resource')}.example` }, basic(clientId, secret)],
    [{ grant_type: canaries.secret('grant type') }, basic(clientId, secret)],
    [{ ...grant, client_id: canaries.secret('client id'), client_secret: canaries.secret('client secret') }],
    [
      {
        ...grant,
        [canaries.name('parameter of the token endpoint')]: canaries.note('parameter of the token endpoint'),
      },
    ],
    [
      {
        ...grant,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: forged,
      },
    ],
  ];
  const all = async () => {
    for (const [form, headers = {}] of forms) {
      const call = { body: new URLSearchParams(form), headers, token: null };
      // What a token endpoint gives is a token: only its refusals are looked through.
      if (form === grant && headers.authorization === forms[0]?.[1]?.authorization)
        await fetch(`${gateway.url}/oauth/token`, { method: 'POST', headers, body: call.body });
      else await ask('POST', '/oauth/token', call);
    }
  };
  await all();
  await gateway.database.asOwner('alter table agent rename to away');
  await all();
  await gateway.database.asOwner('alter table away rename to agent');
  await ask('POST', '/oauth/token', {
    body: `{"${canaries.note('JSON for the token endpoint')}`,
    token: null,
  });
  const token = await practice.agent.token();
  canaries.plant(token, 'word', 'access token');
  canaries.plant(token.split('.')[2] ?? '', 'word', 'signature of an access token');
}

/** What people have to finish holds a patient, sealed; and what is left lying is taken up by the jobs. */
export async function handedToPeople(stage: Stage): Promise<void> {
  const { ask, canaries, gateway, practice } = stage;
  await practice.change({ bookingMode: 'queue_only' });
  gateway.advance(2_000);
  const patient = {
    name: 'patient-resource',
    resource: { resourceType: 'Patient' as const, id: await patientId(stage, 7) },
  };
  const time = await opening(stage, 30);
  const queued = await ask('POST', `${fhir}/Appointment/$book`, {
    body: bookBody(canaries, time.id, patient),
  });
  assert.equal(queued.status, 202, JSON.stringify(queued.body));
  await practice.change({ bookingMode: 'live' });
  gateway.advance(2_000);

  const { scheduling } = gateway.gateway;
  const operator = {
    practiceId: practice.id,
    agentId: nilAgent,
    actor: 'operator:front.desk',
    requestId: rowId(),
    origin: 'cli',
  } as const;
  const [entry] = await listQueue(scheduling, operator, { includeDone: false });
  assert.ok(entry);
  const shown = await showQueueEntry(scheduling, operator, entry.entryId);
  assert.ok(shown.details.patient, 'Staff see whom it is about.');
  await takeQueueEntry(scheduling, operator, entry.entryId, 'front.desk');
  await finishQueueEntry(scheduling, operator, entry.entryId, 'front.desk', 'booked');

  gateway.advance(200_000);
  const jobs = async () =>
    (await gateway.database.asOwner("select 1 from trap.written where source like 'boss.job%' limit 1"))
      .rowCount;
  for (let tries = 0; tries < 80 && !(await jobs()); tries += 1) await delay(100);
  assert.equal(await jobs(), 1, 'A job was put in.');
}
