import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Route } from '#adapter-kit/index.ts';
import { type Random, seeded } from '#test/random.ts';
import { drchrono } from '../index.ts';
import { appointmentFields } from '../wire.ts';
import { fixture, listOf, visit } from './replay.ts';

const canary = 'Canary-Okafor';
/** What DrChrono's objects have and scheduling does not need, each with somebody's words in it. */
const surplus: Readonly<Record<string, unknown>> = Object.fromEntries([
  ...[
    'reason',
    'color',
    'created_by',
    'supervising_provider',
    'custom_status',
    'billing_status',
    'payment_profile',
    'ins1_status',
    'ins2_status',
    'primary_insurer_name',
    'primary_insurer_payer_id',
    'primary_insurance_id_number',
    'secondary_insurer_name',
    'secondary_insurer_payer_id',
    'secondary_insurance_id_number',
    'resubmit_claim_original_id',
    'recurrence_instance_key',
    'description',
    'home_phone',
    'cell_phone',
    'email',
    'profile_picture',
    'job_title',
    'tax_id_number_professional',
    'address',
    'chart_id',
    'middle_name',
    'social_security_number',
    'race',
    'employer',
    'patient_photo',
    'username',
    'permissions',
    'receiver',
  ].map((key) => [key, canary] as const),
  ['icd9_codes', [canary]],
  ['icd10_codes', [canary]],
  ['billing_notes', [{ text: canary }]],
  ['clinical_note', { pdf: `https://drchrono.example/${canary}.pdf` }],
  ['vitals', { height: canary }],
  ['custom_vitals', [{ value: canary }]],
  ['custom_fields', [{ field_value: canary }]],
  ['reminders', [{ to: canary }]],
  ['status_transitions', [{ appointment: canary }]],
  ['primary_insurance', { insurance_company: canary }],
  ['patient_flags', [{ name: canary }]],
  ['anything_else', { nested: [{ deeper: canary }] }],
]);

/** The same value with some of the above put into some of its objects. */
function planted(value: unknown, random: Random): unknown {
  if (Array.isArray(value)) return value.map((each) => planted(each, random));
  if (typeof value !== 'object' || value === null) return value;
  const own = Object.entries(value).map(([key, inner]) => [key, planted(inner, random)]);
  const more = Object.entries(surplus).filter(([key]) => !Object.hasOwn(value, key) && random.next() < 0.5);
  return Object.fromEntries([...own, ...more]);
}

const person = {
  id: 5,
  first_name: 'Ada',
  last_name: 'Moreno',
  date_of_birth: '1984-02-11',
  gender: 'Female',
};
const { appointments: _, scheduleBlocks: __, ...directory } = fixture('practice');
const answers: Readonly<Record<string, unknown>> = {
  ...directory,
  user: { id: 88001, doctor: 301122, practice_group: 5150 },
  scheduleBlocks: listOf({
    provider: 301122,
    office: 415001,
    start_time: '2031-03-10T10:30:00',
    end_time: '2031-03-10T11:00:00',
  }),
  ...fixture('availability--range'),
  appointments: listOf(visit(), visit({ id: null, patient: null })),
  changedAppointments: listOf(visit()),
  appointment: visit(),
  createAppointment: visit(),
  searchPatients: listOf(person),
  createPatient: person,
};

describe('Of what DrChrono answers', () => {
  const table: Readonly<Record<string, Route>> = drchrono.routes;
  const withBody = Object.entries(table).filter(([, { response }]) => typeof response !== 'string');

  test('every answer with a body is looked at', () => {
    assert.deepEqual(Object.keys(answers).sort(), withBody.map(([name]) => name).sort());
  });

  for (const [name, { response }] of withBody)
    test(`only what scheduling needs gets in by ${name}`, () => {
      assert.ok(typeof response !== 'string');
      const plain = response.parse(answers[name]);
      assert.doesNotMatch(JSON.stringify(plain), /CANARY/);
      fc.assert(
        fc.property(fc.nat(), (seed) => {
          const kept = response.parse(planted(answers[name], seeded(seed)));
          assert.doesNotMatch(JSON.stringify(kept), /canary/i);
          assert.deepEqual(kept, plain);
        }),
        { numRuns: 60 },
      );
    });

  test('of notes the markers are kept, and of a status that the practice made that there is one', () => {
    const { response } = drchrono.routes.appointment;
    const kept = response.parse(visit({ notes: `${canary} GW:7K3QXNM2TA.1 ${canary}`, status: canary }));
    assert.deepEqual([kept.notes, kept.status], [['GW:7K3QXNM2TA.1'], 'of-the-practice']);
  });

  test('a delivery keeps as little', () => {
    const kept = drchrono.webhooks.body.parse(planted(fixture('webhook--modified'), seeded(1)));
    assert.deepEqual(Object.keys(kept), ['tenant', 'appointment']);
  });

  test('a canary in what is needed would be seen by the same check', () => {
    const kept = drchrono.routes.searchPatients.response.parse(listOf({ ...person, last_name: canary }));
    assert.match(JSON.stringify(kept), /canary/i);
  });
});

describe('What is asked of DrChrono', () => {
  test('is never verbose, and of appointments the fields that are kept', () => {
    for (const route of Object.values<Route>(drchrono.routes)) {
      assert.ok(!Object.hasOwn(route.query ?? {}, 'verbose'));
      assert.deepEqual(route.headers, { 'x-drc-api-version': 'v4' });
    }
    const kept = new Set(appointmentFields.split(','));
    for (const key of Object.keys(surplus)) assert.ok(!kept.has(key), key);
  });
});
