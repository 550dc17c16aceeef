import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchesOf, openClinic, type Resource, TYPES, VISIT } from './clinic.ts';

type Told = {
  readonly id: string;
  readonly status: string;
  readonly nativeStatus: string;
  readonly start: string | null;
  readonly end: string | null;
  readonly practitionerId: string | null;
  readonly patientId: string;
};

for (const day of ['2026-12-20', '2027-03-03', '2027-03-13', '2027-11-01'])
  test(`the clinic seeded on ${day} has the odd rows of a real one and no visit upon another`, async (t) => {
    const clinic = await openClinic(t, { now: () => Date.parse(`${day}T16:00:00Z`) });
    const { appointments } = (await clinic.sim('GET', '/ledger')).json() as { appointments: Told[] };
    const statuses = new Set(appointments.map(({ status }) => status));
    for (const status of ['booked', 'fulfilled', 'cancelled', 'noshow', 'proposed', 'entered-in-error'])
      assert.ok(statuses.has(status), status);
    const booked = appointments.filter(({ status }) => status === 'booked');
    assert.ok(booked.length > 20, `${booked.length} booked`);
    for (const [index, one] of booked.entries())
      for (const other of booked.slice(index + 1)) {
        const shared = one.practitionerId === other.practitionerId || one.patientId === other.patientId;
        const apart =
          Date.parse(one.end ?? '') <= Date.parse(other.start ?? '') ||
          Date.parse(other.end ?? '') <= Date.parse(one.start ?? '');
        assert.ok(!shared || apart, JSON.stringify([one, other]));
      }
  });

test('the same day makes the same clinic', async (t) => {
  const ledger = async () => (await (await openClinic(t)).sim('GET', '/ledger')).text;
  assert.equal(await ledger(), await ledger());
});

test('among the seeded are a video visit, a group, a room without a reference and a value that is missing', async (t) => {
  const clinic = await openClinic(t);
  const { appointments } = (await clinic.sim('GET', '/ledger')).json() as { appointments: Told[] };
  const ids = appointments.filter(({ status }) => status !== 'entered-in-error').map(({ id }) => id);
  const rows = matchesOf(await clinic.api('GET', `/Appointment?_id=${ids.join(',')}`));
  assert.equal(rows.length, ids.length);
  const actors = (row: Resource): Resource[] => row.participant.map(({ actor }: Resource) => actor);
  const video = rows.find(({ contained }) => contained !== undefined);
  assert.equal(video.contained[0].resourceType, 'HealthcareService');
  assert.ok(actors(video).some(({ reference }) => reference === '#28'));
  assert.ok(rows.some((row) => actors(row).some(({ reference }) => reference === undefined)));
  assert.ok(
    rows.some(({ extension }) => extension.some(({ url }: Resource) => url.endsWith('group-appointment-id'))),
  );
  const wish = rows.find(({ status }) => status === 'proposed');
  assert.equal(wish.serviceCategory[0].coding[0].extension[0].valueCode, 'unknown');
});

test('there is room for visits on every working day of the coming weeks', async (t) => {
  const clinic = await openClinic(t);
  for (const day of ['2027-03-04', '2027-03-05', '2027-03-08', '2027-03-15']) {
    const free = await clinic.slots({
      'service-type': `${TYPES}|${VISIT}`,
      start: [`ge${day}T05:00:00Z`, `lt${day}T23:59:59Z`],
    });
    assert.ok(free.length > 15, `${day}: ${free.length}`);
  }
});
