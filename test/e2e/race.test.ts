import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createTestAgent, type FhirResponse, type TestAgent } from '#test/agent.ts';
import { createTestDatabase, onServer } from '#test/database.ts';
import { addOffice, gatewayProcess, newInstallation, officeProcess } from '#test/processes.ts';
import { createTestSimulator, type LedgerEntry } from '#test/simulator.ts';

/**
 * Gateways as processes on one database. The embedded database serves one process and runs one transaction at a time, so
 * two gateways can meet, and row locks and the exclusion constraint can be tried, only on a real PostgreSQL.
 */
if (onServer) {
  const database = await createTestDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'postern-race-'));
  const quietMs = 2_000;
  const installation = await newInstallation({
    databaseUrl: database.url,
    folder,
    protocol: {
      quietMs,
      leaseMs: 1_000,
      maxSendMs: 450,
      readAfterWriteMs: 100,
      holdMs: 5_000,
      searchDelaysMs: [50, 200],
    },
  });
  const office = await officeProcess(folder, 'cedar');
  await office.start();
  const simulator = createTestSimulator(office.url);
  const credentials = await addOffice(installation, { office: 'cedar', simulator: office.url, agents: 40 });
  const [one, two] = [await gatewayProcess(installation, 'one'), await gatewayProcess(installation, 'two')];
  await Promise.all([one.start(), two.start()]);
  after(async () => {
    await Promise.all([one.stop(), two.stop()]);
    await office.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Forty agents, every other one at the other gateway. */
  const agents = credentials.map((known, number) =>
    createTestAgent({ ...known, url: (number % 2 === 0 ? one : two).url }),
  );
  const [first, second] = agents;
  assert.ok(first && second);
  await Promise.all(agents.map((agent) => agent.token()));
  const patients = await Promise.all(agents.map((agent, number) => newPatient(agent, number)));
  const [patient = '', otherPatient = ''] = patients;

  let day = 10;
  /** A time that no other test here wants. */
  const freshOffer = async (): Promise<Offer> => {
    for (;;) {
      const date = new Date(Date.now() + day++ * 86_400_000).toISOString().slice(0, 10);
      const { body } = await first.fhir('GET', `/Appointment/$find?start=${date}&end=${date}&_count=20`);
      const offered = body.entry?.find(
        (entry: { search: { mode: string } }) => entry.search.mode === 'match',
      );
      if (offered) return { id: offered.resource.id, start: Date.parse(offered.resource.start) };
    }
  };
  const rowsAt = async ({ start }: Offer): Promise<readonly LedgerEntry[]> =>
    (await simulator.booked()).filter((row) => Date.parse(row.start) === start && row.status === 'booked');

  for (const deskRaces of [false, true, false, true]) {
    const who = deskRaces ? 'and the front desk' : 'alone';
    test(`of forty agents at two gateways ${who}, one gets the time and the others hear what else is open`, async () => {
      const offer = await freshOffer();
      const desk = async (): Promise<LedgerEntry | undefined> => {
        if (!deskRaces) return undefined;
        await delay(Math.random() * 120);
        return simulator.staff({ action: 'book', patientId: '3001', ...(await placeOf(offer)), minutes: 30 });
      };
      const [staffRow, ...answers] = await Promise.all([
        desk(),
        ...agents.map((agent, number) => book(agent, offer, patients[number] ?? '')),
      ]);
      const winners = answers.filter(({ status }) => status === 200);
      const rows = await rowsAt(offer);
      assert.equal(winners.length, rows.length, summary(answers));
      assert.ok(winners.length === 1 || (deskRaces && winners.length === 0), summary(answers));
      for (const answer of answers.filter(({ status }) => status !== 200)) {
        assert.equal(answer.status, 409, summary(answers));
        assert.equal(answer.code, 'slot-taken');
        assert.ok(alternativesIn(answer).length > 0, 'A refusal says what else is open.');
      }
      assert.equal(staffRow !== undefined, deskRaces);
    });
  }

  test('one key sent twenty times at once to both gateways makes one appointment and twenty equal answers', async () => {
    const offer = await freshOffer();
    const headers = { 'idempotency-key': randomUUID() };
    const answers = await twentyTimes((gateway) => book(atGateway(first, gateway), offer, patient, headers));
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]), summary(answers));
    const bodies = answers.map(({ body }) => JSON.stringify(body.entry[0].resource));
    assert.equal(new Set(bodies).size, 1, bodies.slice(0, 2).join('\n'));
    assert.equal((await rowsAt(offer)).length, 1);

    const other = await freshOffer();
    for (const gateway of [one.url, two.url]) {
      const reused = await book(atGateway(first, gateway), other, patient, headers);
      assert.equal(reused.status, 422);
      assert.equal(reused.code, 'key-reused');
    }
    assert.equal((await rowsAt(other)).length, 0);
  });

  test('one wish sent twenty times at once without a key makes one appointment', async () => {
    const offer = await freshOffer();
    const answers = await twentyTimes((gateway) => book(atGateway(second, gateway), offer, otherPatient));
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]), summary(answers));
    assert.equal(new Set(answers.map(({ body }) => body.entry[0].resource.id)).size, 1);
    assert.equal((await rowsAt(offer)).length, 1);
  });

  test('a held time booked twenty times at once under one key is booked once, for the one who held it', async () => {
    const offer = await freshOffer();
    const held = await hold(first, offer.id);
    assert.equal(held.status, 200);
    const holdId: string = held.body.entry[0].resource.id;
    const headers = { 'idempotency-key': randomUUID() };
    const answers = await twentyTimes((gateway) =>
      book(atGateway(first, gateway), { ...offer, id: holdId }, patient, headers),
    );
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]), summary(answers));
    assert.equal((await rowsAt(offer)).length, 1);
  });

  test('of forty agents that hold one time at two gateways one has it, and nobody else can book it', async () => {
    const offer = await freshOffer();
    const answers = await Promise.all(agents.map((agent) => hold(agent, offer.id)));
    const winner = answers.findIndex(({ status }) => status === 200);
    assert.equal(answers.filter(({ status }) => status === 200).length, 1, summary(answers));
    assert.equal(answers.filter(({ status, code }) => status === 409 && code === 'slot-taken').length, 39);
    const [other = first] = agents.filter((_, number) => number !== winner);
    assert.equal((await book(other, offer, patient)).status, 409);
    assert.equal((await book(agents[winner] ?? first, offer, patient)).status, 200);
    assert.equal((await rowsAt(offer)).length, 1);
  });

  test('a hold survives the death of its process, keeps others out, and expires', async () => {
    const offer = await freshOffer();
    const held = await hold(atGateway(first, one.url), offer.id);
    assert.equal(held.status, 200);
    const expiresAt = Date.parse(held.headers.get('expires') ?? '');
    await one.kill();
    const otherAgent = atGateway(second, two.url);
    assert.equal((await book(otherAgent, offer, otherPatient)).status, 409);
    while (Date.now() <= expiresAt + 1_000) await delay(200);
    assert.equal((await book(otherAgent, offer, otherPatient)).status, 200);
    await one.start();
    const late = await book(
      atGateway(first, one.url),
      { ...offer, id: held.body.entry[0].resource.id },
      patient,
    );
    assert.equal(late.status, 409);
    assert.equal((await rowsAt(offer)).length, 1);
  });

  for (const { name, commit } of [
    { name: 'was performed', commit: true },
    { name: 'was never performed', commit: false },
  ]) {
    test(`when a gateway dies in the middle of a send that ${name}, the other one finishes it once`, async () => {
      const offer = await freshOffer();
      const headers = { 'idempotency-key': randomUUID(), prefer: 'wait=1' };
      await simulator.fault({ name: 'hung', route: 'POST /appointments', commit });
      const call = book(atGateway(first, one.url), offer, patient, headers).catch(() => undefined);
      await untilHung();
      await one.kill();
      assert.equal(await call, undefined, 'The caller heard nothing.');
      const answer = await repeatUntilDone(() => book(atGateway(first, two.url), offer, patient, headers));
      assert.equal(answer.status, 200);
      assert.equal((await rowsAt(offer)).length, 1);
      await one.start();
      const repeated = await book(atGateway(first, one.url), offer, patient, headers);
      assert.equal(repeated.body.entry[0].resource.id, answer.body.entry[0].resource.id);
    });
  }

  /** The agent as it calls through the other side of the load balancer. */
  function atGateway(agent: TestAgent, url: string): TestAgent {
    return createTestAgent({ ...agent, url });
  }

  function twentyTimes(send: (gateway: string) => Promise<FhirResponse>): Promise<FhirResponse[]> {
    return Promise.all(Array.from({ length: 20 }, (_, number) => send(number % 2 === 0 ? one.url : two.url)));
  }

  /** Where the front desk would enter it: the EMR's own ids, which no agent sees. */
  async function placeOf({ id }: Offer) {
    const { rows } = await database.asOwner(
      'select practitioner, location, lower(during) as start from opening where id = $1',
      [id],
    );
    const [row] = rows as { practitioner: string; location: string; start: Date }[];
    assert.ok(row);
    return { practitionerId: row.practitioner, locationId: row.location, start: row.start.toISOString() };
  }

  /** Until the EMR has met the fault that it was ordered to play: the send is under way. */
  async function untilHung(): Promise<void> {
    for (;;) {
      const answer = await fetch(`${office.url}/__sim/faults`);
      const { faults } = (await answer.json()) as { faults: { name: string; fired: number }[] };
      if (faults.at(-1)?.fired === 1) return;
      await delay(10);
    }
  }
} else {
  // The runner takes a file without a test for one that is broken.
  test('two gateways on one database race on PostgreSQL only: npm run test:server', () =>
    assert.ok(!onServer));
}

interface Offer {
  readonly id: string;
  readonly start: number;
}

async function newPatient(agent: TestAgent, number: number): Promise<string> {
  const family = `Racer${String.fromCharCode(97 + Math.floor(number / 26), 97 + (number % 26))}`;
  const made = await agent.fhir('POST', '/Patient', {
    body: { resourceType: 'Patient', name: [{ family, given: ['Sam'] }], birthDate: '1980-01-02' },
  });
  assert.equal(made.status, 201);
  return made.body.id;
}

function book(
  agent: TestAgent,
  offer: Offer,
  patient: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<FhirResponse> {
  return agent.fhir('POST', '/Appointment/$book', {
    headers,
    body: parameters(
      { name: 'appointment-reference', reference: `Appointment/${offer.id}` },
      { name: 'patient-id', reference: `Patient/${patient}` },
    ),
  });
}

function hold(agent: TestAgent, offer: string): Promise<FhirResponse> {
  return agent.fhir('POST', '/Appointment/$hold', {
    body: parameters({ name: 'appointment-reference', reference: `Appointment/${offer}` }),
  });
}

function parameters(...given: readonly { name: string; reference: string }[]) {
  const parameter = given.map(({ name, reference }) => ({ name, valueReference: { reference } }));
  return { resourceType: 'Parameters', parameter };
}

async function repeatUntilDone(send: () => Promise<FhirResponse>): Promise<FhirResponse> {
  for (;;) {
    const answer = await send();
    if (answer.status !== 202) return answer;
    await delay(200);
  }
}

function alternativesIn({ body }: FhirResponse): unknown[] {
  return body.issue.slice(1);
}

function summary(answers: readonly FhirResponse[]): string {
  return answers.map(({ status, code }) => `${status} ${code ?? ''}`).join(', ');
}
