import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { RouteTable } from '#adapter-kit/index.ts';
import { type Emulation, type SettingValues, startSimulator, type TableSet } from '#simulator-kit/index.ts';
import { createCanaries, createScan } from '#test/canary.ts';
import { startTestGateway } from '#test/gateway.ts';
import { seeded } from '#test/random.ts';
import { appointmentIn, book, cancelPatch, hold, moveTo, offer, patient } from '#test/story.ts';
import { telltale } from '#test/telltale.ts';
import { addVendorPractice, calmAccount, type StartEmr, type Vendor } from '#test/vendor-practice.ts';
import { athenahealth } from '../../adapters/athenahealth/index.ts';
import { athena } from '../../adapters/athenahealth/simulator/athena.ts';
import { lakeside } from '../../adapters/athenahealth/simulator/practices/lakeside.ts';
import { drchrono } from '../../adapters/drchrono/index.ts';
import { drchrono as drchronoEmr } from '../../adapters/drchrono/simulator/drchrono.ts';
import { practicesOf } from '../../adapters/drchrono/simulator/practices/many.ts';
import { epic } from '../../adapters/epic/index.ts';
import { epic as epicEmr } from '../../adapters/epic/simulator/epic.ts';
import { juniper } from '../../adapters/epic/simulator/juniper.ts';
import { fhirR4 } from '../../adapters/fhir-r4/index.ts';
import { willow } from '../../adapters/fhir-r4/simulator/clinics/willow.ts';
import { fhirServer } from '../../adapters/fhir-r4/simulator/fhir-server.ts';
import { oracleHealth } from '../../adapters/oracle-health/index.ts';
import { harbor } from '../../adapters/oracle-health/simulator/clinics/harbor.ts';
import { millennium } from '../../adapters/oracle-health/simulator/millennium.ts';
import { demoOffices } from '../../src/demo/offices.ts';
import { openSinks } from './canary-sinks.ts';

/** Every EMR that practices consent at, telling more in each answer than scheduling needs. */
const seed = Number(process.env.CANARY_SEED ?? Date.now() % 1_000_000_007);
const canaries = createCanaries(seeded(seed));
const gateway = await startTestGateway({ protocol: { paceGapMs: 0 } });
const sinks = await openSinks(gateway);

interface TelltaleEmr {
  readonly vendor: Vendor;
  /** What is let in; all else that is told is a canary. */
  readonly routes: RouteTable;
  readonly start: (how: Parameters<typeof telltale>[1]) => StartEmr;
}

function started<Tables extends TableSet, Settings extends SettingValues>(
  emulation: Emulation<Tables, Settings>,
  settings: Partial<Settings> = {},
): StartEmr {
  return ({ stateDir, now }) =>
    startSimulator({ emulation, stateFile: join(stateDir, 'telltale.json'), settings, now });
}

const emrs: readonly TelltaleEmr[] = [
  {
    vendor: 'athenahealth',
    routes: athenahealth.routes,
    start: (how) => started(telltale(athena(lakeside, { staticTokens: [], clients: [] }), how)),
  },
  {
    vendor: 'drchrono',
    routes: drchrono.routes,
    start: (how) =>
      started(telltale(drchronoEmr(practicesOf(1), { bearers: [], clients: [] }), how), calmAccount),
  },
  {
    vendor: 'fhir-r4',
    routes: fhirR4.routes,
    start: (how) => started(telltale(fhirServer(willow, { bearers: [], clients: [] }), how)),
  },
  {
    vendor: 'oracle-health',
    routes: oracleHealth.routes,
    start: (how) =>
      started(telltale(millennium(harbor, { host: 'provider', bearers: [], clients: [] }), how)),
  },
  {
    vendor: 'epic',
    routes: epic.routes,
    start: (how) => started(telltale(epicEmr(juniper, { clients: [], staticToken: undefined }), how)),
  },
];

for (const { vendor, routes, start } of emrs)
  test(`of all that ${vendor} tells beside scheduling, nothing is in an answer, log, metric, table, job or file`, async () => {
    const apiPath = demoOffices.find(({ emr }) => emr === vendor)?.apiPath ?? assert.fail();
    const practice = await addVendorPractice(gateway, vendor, {
      start: start({ routes, apiPath, canaries }),
    });
    await practice.connect();
    const { agent } = practice;
    const ask = async (method: string, path: string, call: Parameters<typeof agent.fhir>[2] = {}) => {
      const answer = await agent.fhir(method, path, call);
      sinks.keepAnswer(
        `${vendor} ${method} ${path.split('/')[1]}`,
        JSON.stringify([...answer.headers, answer.body]),
      );
      return answer;
    };
    const before = canaries.all.length;
    const [time, later, who] = [await offer(agent), await offer(agent), await patient(practice, 0)];
    const held = appointmentIn(await hold(agent, time.id));
    const booked = await book(agent, held.id, who);
    const visit = appointmentIn(booked);
    sinks.keepAnswer(`${vendor} booking`, JSON.stringify(booked.body));
    for (const path of [
      `/Appointment/${visit.id}`,
      `/Appointment?patient=Patient/${who}`,
      '/Slot?_include=Slot:schedule',
      '/Schedule',
      '/Practitioner',
      '/Location',
      '/HealthcareService',
      '/metadata',
    ])
      assert.equal((await ask('GET', path)).status, 200, path);
    const moved = await ask('POST', '/Appointment/$book', { body: moveTo(visit, later.id) });
    const now = moved.status === 200 ? appointmentIn(moved) : visit;
    await ask('PATCH', `/Appointment/${now.id}`, { body: cancelPatch, headers: { 'if-match': '*' } });
    await ask('GET', '/Appointment/nobody-knows-this-one');

    const planted = canaries.all.slice(before);
    assert.ok(planted.length > 60, `${planted.length} canaries were told.`);
    assert.ok(planted.some(({ where }) => /Appointment/i.test(where)));
    const scan = createScan(canaries.all);
    const found = [...(await sinks.read())].flatMap(([sink, text]) =>
      scan(text).map(({ canary }) => ({ sink, where: canary.where })),
    );
    assert.deepEqual(found, [], `CANARY_SEED=${seed}`);
  });

test('a canary that the EMR told would be found where it was kept', async () => {
  const [one] = canaries.all;
  assert.ok(one);
  sinks.keepAnswer('a planted one', `{"comment":"${one.value}"}`);
  const scan = createScan(canaries.all);
  const found = [...(await sinks.read())].flatMap(([sink, text]) => (scan(text).length > 0 ? [sink] : []));
  assert.deepEqual(found, ['answer to a planted one']);
});
