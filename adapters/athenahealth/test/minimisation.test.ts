import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Route } from '#adapter-kit/index.ts';
import { type Random, seeded } from '#test/random.ts';
import { athenahealth } from '../index.ts';
import { fixture, openRowJson, rowJson } from './replay.ts';

const canary = 'Canary-Okafor';
/** What athenaOne's rows have and scheduling does not need, each with somebody's words in it. */
const surplus: Readonly<Record<string, unknown>> = {
  appointmenttype: canary,
  patientappointmenttypename: canary,
  reasonid: [canary],
  cancelreasonname: canary,
  cancelledby: canary,
  appointmentconfirmationname: canary,
  copay: canary,
  appointmentcopay: { collectedforother: canary },
  encounterid: canary,
  encounterstatus: canary,
  encounterstate: canary,
  visitid: canary,
  insurances: [{ insurancepolicyholder: canary }],
  claims: [{ claimid: canary, procedures: [{ procedurecode: canary }] }],
  expectedprocedurecodes: [canary],
  patient: { firstname: canary, problems: [canary] },
  telehealth: { joinurl: canary },
  supervisingproviderid: canary,
  hl7providerid: canary,
  checkindatetime: canary,
  ssn: canary,
  guarantorlastname: canary,
  guarantorphone: canary,
  contactname: canary,
  employername: canary,
  balances: [{ balance: canary }],
  ethnicitycode: canary,
  race: [canary],
  address1: canary,
  zip: canary,
  score: canary,
  notes: canary,
  taxid: canary,
  creditcardtypes: [canary],
  address: canary,
  city: canary,
  schedulingname: canary,
  specialty: canary,
  username: canary,
  totalcount: canary,
  previous: `/v1/195900/patients?LASTNAME=${canary}`,
  anythingElse: { nested: [{ deeper: canary }] },
};

/** The same value with some of the above put into some of its objects, where it is not what the field is there for. */
function planted(value: unknown, random: Random): unknown {
  if (Array.isArray(value)) return value.map((each) => planted(each, random));
  if (typeof value !== 'object' || value === null) return value;
  const own = Object.entries(value).map(([key, inner]) => [key, planted(inner, random)]);
  const more = Object.entries(surplus).filter(([key]) => !Object.hasOwn(value, key) && random.next() < 0.5);
  return Object.fromEntries([...own, ...more]);
}

const note = { id: '9', text: `Nervous. ${canary} GW:7K3QX6M2TA.1`, displayonschedule: 'false' };
const row = rowJson({
  scheduledby: canary,
  lastmodifiedby: canary,
  startcheckin: canary,
  stopcheckin: canary,
  lastmodified: canary,
  appointmentnotes: [note],
});
const office = fixture('find--two-at-one-time');
const next = `/v1/195900/appointments/booked?PATIENTID=${canary}`;
const answers: Readonly<Record<keyof typeof athenahealth.routes, unknown>> = {
  ping: { Pong: 'true' },
  departments: { ...Object(office.departments), next },
  providers: {
    providers: [{ providerid: 71, firstname: 'Ada', lastname: 'Bricker', displayname: 'Ada Bricker, MD' }],
  },
  openSlots: { ...Object(office.openSlots), next },
  appointment: [row],
  appointmentNotes: { notes: [{ noteid: '9', notetext: `${canary} GW:7K3QX6M2TA.1`, createdby: canary }] },
  bookedAppointments: { appointments: [row, openRowJson()], next },
  bookSlot: fixture('book--booked').bookSlot,
  cancelAppointment: { status: 'x' },
  rescheduleAppointment: fixture('reschedule--sparse').rescheduleAppointment,
  freezeSlot: { success: false, errormessage: `Appointment is already frozen. ${canary}` },
  changedAppointments: { ...Object(fixture('changed--booked-and-opened').changedAppointments), next },
  subscribeToChanges: { success: true },
  bestMatch: fixture('match--mina').bestMatch,
  createPatient: [{ patientid: '5309' }],
};

const table: Readonly<Record<string, Route>> = athenahealth.routes;
for (const [route, answer] of Object.entries(answers))
  test(`Of what ${route} answers, only what scheduling needs gets in.`, () => {
    const { response } = table[route] ?? assert.fail();
    assert.ok(typeof response !== 'string');
    const plain = response.parse(withoutSurplus(answer));
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const kept = response.parse(planted(withoutSurplus(answer), seeded(seed)));
        assert.doesNotMatch(JSON.stringify(kept), /Canary/);
        assert.deepEqual(kept, plain);
      }),
      { numRuns: 60 },
    );
  });

test('A canary in what is needed would be seen by the same check.', () => {
  const { response } = table.providers ?? assert.fail();
  assert.ok(typeof response !== 'string');
  assert.match(
    JSON.stringify(response.parse({ providers: [{ providerid: 71, lastname: canary }] })),
    /Canary/,
  );
});

test('Nothing is ever asked for that would bring copays, insurance, claims, procedures, people or numbers along.', () => {
  const forbidden =
    /^(showinsurance|showclaimdetail|showpatientdetail|showexpectedprocedurecodes|showfullssn|showtelehealth|showremindercalldetail|ignorerestrictions|confidentialitycode|ignoreschedulablepermission|bypassscheduletimechecks|leaveunprocessed|ssn|insuranceinfo|cancellationreason|reschedulereason)$/;
  for (const [name, { query = {}, body, template }] of Object.entries(table)) {
    assert.deepEqual(
      Object.keys(query).filter((key) => forbidden.test(key)),
      [],
      name,
    );
    if (/^\/appointments\/(\{appointmentid\}|booked|changed)$/.test(template) && body === undefined) {
      const { required, pattern } = query.showcopay ?? assert.fail(name);
      assert.ok(required === true && pattern.test('false') && !pattern.test('true'), name);
    }
  }
  for (const name of ['bookSlot', 'cancelAppointment', 'rescheduleAppointment', 'createPatient'] as const) {
    const ids = { patientid: '1', reasonid: '2', departmentid: '3', newappointmentid: '4' };
    const person = {
      firstname: 'A',
      lastname: 'B',
      dob: '01/02/1990',
      departmentid: '3',
      mobilephone: '2065550142',
    };
    const bodies = {
      bookSlot: {
        patientid: '1',
        reasonid: '2',
        departmentid: '3',
        nopatientcase: 'true',
        bookingnote: 'GW:AAAAAAAAAA.1',
      },
      cancelAppointment: { patientid: ids.patientid, nopatientcase: 'true' },
      rescheduleAppointment: { patientid: '1', reasonid: '2', newappointmentid: '4', nopatientcase: 'true' },
      createPatient: person,
    };
    const { body } = athenahealth.routes[name];
    assert.ok(body.safeParse(bodies[name]).success, name);
    for (const key of [
      'ignoreschedulablepermission',
      'cancellationreason',
      'insuranceinfo',
      'ssn',
      'urgentyn',
    ])
      assert.ok(!body.safeParse({ ...bodies[name], [key]: 'true' }).success, `${name} ${key}`);
    if (name !== 'createPatient')
      for (const nopatientcase of ['false', undefined])
        assert.ok(!body.safeParse({ ...bodies[name], nopatientcase }).success, name);
  }
  const noted = { patientid: '1', reasonid: '2', departmentid: '3', nopatientcase: 'true' };
  for (const bookingnote of ['Toothache', 'GW:AAAAAAAAAA.1 toothache', ''])
    assert.ok(!athenahealth.routes.bookSlot.body.safeParse({ ...noted, bookingnote }).success);
});

/** A fixture without what would be surplus, so that planting does not change what is needed. */
function withoutSurplus(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, inner: unknown) =>
      Object.hasOwn(surplus, key) && !(key === 'notes' && Array.isArray(inner)) ? undefined : inner,
    ),
  );
}
