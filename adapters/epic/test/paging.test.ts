import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { after, test } from 'node:test';
import { simulatedEmr } from '#test/simulated-emr.ts';
import { epic } from '../index.ts';
import { demoPatients } from '../simulator/demo-patients.ts';

const token = 'paging-token';
const [patient] = demoPatients.juniper;
assert.ok(patient);
const practitionerId = 'eeus-tcMi272KuIpv.8EuRy3';
const locationId = 'exl2nmjQsNcRS7FxCpnfL6F3';
const emr = await simulatedEmr({
  adapter: epic,
  main: resolve(import.meta.dirname, '../simulator/main.ts'),
  arguments: [`--static-token=${token}`, '--settings={"pageSize":1,"findLimit":5}'],
  credentials: { authorization: `Bearer ${token}` },
  minutes: 30,
  settings: {
    environment: '0.1',
    practitioners: practitionerId,
    locations: locationId,
    serviceTypes: '1004;Office Visit;30',
  },
}).start();
after(() => emr.stop());

test('more times than one answer holds are found all the same', async () => {
  const query = { ...emr.window, minutes: 30, visitTypeRef: '1004' };
  const found = await epic.operations.openings(emr.connect(), query);
  assert.ok(found.length > 5);
  const middle = found[Math.floor(found.length / 2)]?.start ?? assert.fail();
  const halves = [
    await epic.operations.openings(emr.connect(), { ...query, to: middle }),
    await epic.operations.openings(emr.connect(), { ...query, from: middle }),
  ];
  assert.deepEqual(found, halves.flat());
});

test('every appointment of a patient is found when each stands on a page of its own', async () => {
  const ctx = emr.connect();
  const openings = await epic.operations.openings(ctx, { ...emr.window, minutes: 30, visitTypeRef: '1004' });
  const starts = [openings.at(0), openings.at(-1)].map((opening) => {
    assert.ok(opening);
    return opening.start;
  });
  const ids = [];
  for (const start of starts)
    ids.push(
      await emr.staff({
        action: 'book',
        patientId: patient.id,
        practitionerId,
        locationId,
        start,
        minutes: 30,
      }),
    );
  const found = await epic.operations.appointmentsOf(ctx, patient.id, emr.window);
  assert.deepEqual(found.map(({ resource }) => resource.id).sort(), ids.sort());
});
