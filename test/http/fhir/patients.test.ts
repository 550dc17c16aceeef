import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Patient } from '@medplum/fhirtypes';
import { startTestGateway } from '#test/gateway.ts';
import { appointmentIn, book, described, offer, resourcesIn } from '#test/story.ts';

const gateway = await startTestGateway();
const { cedar, saguaro } = gateway;
const { agent, simulator } = cedar;

const named = (practice: typeof cedar, family: string, given?: string) =>
  practice.patients.find((one) => one.family === family && (given === undefined || one.given === given)) ??
  assert.fail();
const match = (who: Patient, on = agent) => on.fhir('POST', '/Patient/$match', { body: who });
const created = async () => (await simulator.ledger()).patients.filter(({ by }) => by === 'api').length;

describe('Patient/$match', () => {
  it('finds the one who is exactly this person, and tells no more than was asked with', async () => {
    const ada = named(cedar, 'Okafor');
    const { status, body } = await match(described(ada));
    assert.equal(status, 200);
    const [found] = resourcesIn<Patient>(body);
    assert.ok(found);
    assert.deepEqual(
      [body.entry.length, body.entry[0].search.extension[0].valueCode, found.birthDate],
      [1, 'certain', ada.birthDate],
    );
    assert.deepEqual(Object.keys(found).toSorted(), ['birthDate', 'id', 'meta', 'name', 'resourceType']);
    assert.ok(!JSON.stringify(body).includes(String(ada.id)), 'the number in the EMR stays there');
    assert.ok(!JSON.stringify(body).includes('303'), 'so does the telephone');
  });

  it('gives the same person the same id to every agent of the practice', async () => {
    const idOf = async (on = agent) =>
      resourcesIn<Patient>((await match(described(named(cedar, 'Marsh')), on)).body)[0]?.id;
    const first = await idOf();
    assert.ok(first);
    assert.equal(await idOf(), first);
    assert.equal(await idOf(await cedar.addAgent()), first);
  });

  it('takes Parameters as well, and names in other letters', async () => {
    const { body } = await agent.fhir('POST', '/Patient/$match', {
      body: {
        resourceType: 'Parameters',
        parameter: [
          {
            name: 'resource',
            resource: {
              resourceType: 'Patient',
              name: [{ family: 'MARSH', given: ['delia'] }],
              birthDate: named(cedar, 'Marsh').birthDate,
            },
          },
          { name: 'onlyCertainMatches', valueBoolean: true },
        ],
      },
    });
    assert.equal(body.total, 1);
  });

  it('finds nobody on a near miss, and nobody of another practice', async () => {
    const ada = described(named(cedar, 'Okafor'));
    const misses: Patient[] = [
      { ...ada, birthDate: '1990-11-03' },
      { ...ada, name: [{ family: 'Okafor', given: ['Adaline'] }] },
      { ...ada, name: [{ family: 'Okafo', given: ['Ada'] }] },
      described(saguaro.patients[0] ?? assert.fail()),
    ];
    for (const who of misses) {
      const { status, body } = await match(who);
      assert.deepEqual([status, body.total, body.entry], [200, 0, undefined]);
    }
  });

  it('names nobody where two cannot be told apart, and sends the caller to the office', async () => {
    const { status, body } = await match(described(named(cedar, 'Castellan')));
    assert.deepEqual([status, body.total], [200, 0]);
    assert.equal(body.entry[0].resource.resourceType, 'OperationOutcome');
    assert.equal(body.entry[0].search.mode, 'outcome');
  });

  it('refuses people whom the practice does not book', async () => {
    for (const [family, given] of [
      ['Quill', 'Edmund'],
      ['Yates', 'Corin'],
    ] as const) {
      const { status, code } = await match(described(named(cedar, family, given)));
      assert.deepEqual([status, code], [422, 'patient-not-bookable'], family);
    }
  });

  it('needs family name, given name and full birth date', async () => {
    const ada = described(named(cedar, 'Okafor'));
    const rows: [Partial<Patient>, string][] = [
      [{ name: [{ family: 'Okafor' }] }, 'patient-incomplete'],
      [{ name: [{ given: ['Ada'] }] }, 'patient-incomplete'],
      [{ birthDate: '1990' }, 'patient-incomplete'],
      [{ birthDate: '1990-02-30' }, 'invalid-date'],
      [{ name: [{ family: 'Okafor%', given: ['Ada'] }] }, 'invalid-value'],
    ];
    for (const [change, expected] of rows) {
      const { status, code } = await match({ ...ada, ...change });
      assert.deepEqual([status, code], [400, expected], JSON.stringify(change));
    }
  });
});

describe('POST Patient', () => {
  const somebody = (given: string): Patient => ({
    resourceType: 'Patient',
    name: [{ family: 'Newcomer', given: [given] }],
    birthDate: '1999-09-09',
    gender: 'female',
    telecom: [{ system: 'phone', value: '(303) 555-0199' }],
  });

  it('creates a patient once, who can be booked at once', async () => {
    const before = await created();
    const { status, body, headers } = await agent.fhir('POST', '/Patient', { body: somebody('Nora') });
    assert.equal(status, 201);
    assert.equal(headers.get('location'), `${gateway.base}/Patient/${body.id}`);
    assert.deepEqual([body.name[0].family, body.birthDate], ['Newcomer', '1999-09-09']);
    assert.equal(await created(), before + 1);

    const again = await agent.fhir('POST', '/Patient', { body: somebody('Nora') });
    assert.deepEqual([again.status, again.body.id], [201, body.id]);
    const other = await (await cedar.addAgent()).fhir('POST', '/Patient', { body: somebody('nora') });
    assert.equal(other.body.id, body.id);
    assert.equal(await created(), before + 1);

    const matched = await match(somebody('Nora'));
    assert.equal(resourcesIn<Patient>(matched.body)[0]?.id, body.id);
    const time = await offer(agent);
    assert.equal(appointmentIn(await book(agent, time.id, body.id)).start, time.start);
  });

  it('creates nobody whom the practice has already', async () => {
    const before = await created();
    const ada = await agent.fhir('POST', '/Patient', { body: described(named(cedar, 'Okafor')) });
    assert.equal(ada.status, 201);
    const matched = await match(described(named(cedar, 'Okafor')));
    assert.equal(ada.body.id, resourcesIn<Patient>(matched.body)[0]?.id);
    assert.equal(await created(), before);
  });

  it('creates one patient for many who ask at once', async () => {
    const before = await created();
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => agent.fhir('POST', '/Patient', { body: somebody('Olga') })),
    );
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201]));
    assert.equal(new Set(answers.map(({ body }) => body.id)).size, 1);
    assert.equal(await created(), before + 1);
  });

  it('leaves it to the office where two people cannot be told apart', async () => {
    const before = await created();
    const answer = await agent.fhir('POST', '/Patient', { body: described(named(cedar, 'Castellan')) });
    assert.deepEqual([answer.status, answer.code], [202, 'needs-human']);
    assert.equal(await created(), before);
  });

  it('takes the minimum into the EMR and drops the rest', async () => {
    await agent.fhir('POST', '/Patient', {
      body: {
        ...somebody('Petra'),
        maritalStatus: { text: 'CANARY' },
        contact: [{ name: { text: 'CANARY' } }],
        identifier: [{ system: 'http://hl7.org/fhir/sid/us-ssn', value: '000-00-0000' }],
        address: [{ line: ['CANARY'] }],
      },
    });
    const { body } = await match(somebody('Petra'));
    assert.equal(body.total, 1);
    const requests = JSON.stringify(await simulator.requests());
    assert.ok(!requests.includes('CANARY') && !requests.includes('000-00-0000'));
  });

  it('keeps neither name nor birth date in the clear', async () => {
    await agent.fhir('POST', '/Patient', { body: { ...somebody('Quintana'), birthDate: '1944-04-04' } });
    const { rows } = await gateway.state();
    for (const [table, all] of Object.entries(rows))
      assert.ok(!/Quintana|quintana|1944-04-04/.test(all.join()), table);
    assert.ok(!JSON.stringify(gateway.events).includes('Quintana'));
  });
});
