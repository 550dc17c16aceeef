import assert from 'node:assert/strict';
import { test } from 'node:test';
import { juniper } from '../../simulator/juniper.ts';
import { AMARA, codesOf, JONAS, openPractice, serviceType, type TestPractice } from './practice.ts';

const RIVERSIDE = juniper.locations[1]?.id ?? '';
const [SOLHEIM, OKOYE] = [juniper.practitioners[0]?.id ?? '', juniper.practitioners[1]?.id ?? ''];

interface Proposal {
  readonly id: string;
  readonly start: string;
  readonly minutesDuration: number;
  readonly contained: readonly [{ readonly id: string }];
  readonly participant: readonly { readonly actor: { readonly reference: string } }[];
}
const starts = (proposals: readonly Proposal[]): string[] => proposals.map(({ start }) => start);
function proposed({ entry }: { entry: { search: { mode: string }; resource: Proposal }[] }): Proposal[] {
  return entry.filter(({ search }) => search.mode === 'match').map(({ resource }) => resource);
}
function at(practice: TestPractice, location: string, version = 'STU3') {
  const reference = `${practice.url}/interconnect-fhir-oauth/api/FHIR/${version}/Location/${location}`;
  return { name: 'location-reference', valueReference: { reference } };
}

test('a proposal is an appointment of a long id with its slot inside and an absolute practitioner', async (t) => {
  const practice = await openPractice(t);
  const bundle = (await practice.find([serviceType('1004')])).json();
  const [first] = bundle.entry;
  assert.equal(bundle.total, bundle.entry.length);
  assert.ok(first.resource.id.length >= 66 && first.resource.id.length <= 128);
  const { resource } = first;
  const slot = resource.contained[0];
  assert.deepEqual(
    [resource.status, resource.start, resource.end, resource.minutesDuration],
    ['proposed', '2027-03-04T14:00:00Z', '2027-03-04T14:30:00Z', 30],
  );
  assert.deepEqual(resource.slot, [{ reference: `#${slot.id}` }]);
  assert.deepEqual(
    [slot.resourceType, slot.status, slot.start, slot.end],
    ['Slot', 'free', resource.start, resource.end],
  );
  assert.deepEqual(
    resource.participant.map(({ actor, status }: { actor: { reference: string }; status: string }) => [
      actor.reference,
      status,
    ]),
    [[`${practice.url}/interconnect-fhir-oauth/api/FHIR/STU3/Practitioner/${SOLHEIM}`, 'needs-action']],
  );
});

test('ids of proposals are new at every call, ids of slots stay', async (t) => {
  const practice = await openPractice(t);
  const [first, second] = [await practice.proposals(), await practice.proposals()];
  const ids = new Set([...first, ...second].map(({ id }) => id));
  assert.equal(ids.size, first.length * 2);
  const slots = (all: Proposal[]) => all.map(({ contained }) => contained[0].id);
  assert.deepEqual(slots(first), slots(second));
});

test('slot and schedule can be read in STU3, a schedule names who and where', async (t) => {
  const practice = await openPractice(t);
  const [proposal] = await practice.proposals();
  const slot = () => practice.stu3('GET', `/Slot/${proposal.contained[0].id}`);
  assert.equal((await slot()).json().status, 'free');
  const schedule = (await practice.stu3('GET', `/${proposal.contained[0].schedule.reference}`)).json();
  assert.deepEqual(
    schedule.actor.map(({ reference }: { reference: string }) => reference),
    [`Practitioner/${SOLHEIM}`, `Location/${juniper.locations[0]?.id}`],
  );
  await practice.book(proposal.id);
  assert.equal((await slot()).json().status, 'busy');
  for (const unknown of ['/Slot/eMC40', '/Slot/e3', '/Schedule/1'])
    assert.deepEqual(codesOf((await practice.stu3('GET', unknown)).json()), ['59008']);
});

test('times begin inside the window: its first moment is in it, its last is not, the past is never', async (t) => {
  const practice = await openPractice(t);
  const found = async (from: string, to: string) => {
    const all = proposed((await practice.find([serviceType('1004')], { from, to })).json());
    return starts(all.filter(({ participant }) => participant[0]?.actor.reference.endsWith(SOLHEIM)));
  };
  assert.deepEqual(await found('2027-03-08T14:00:00Z', '2027-03-08T15:00:00Z'), [
    '2027-03-08T14:00:00Z',
    '2027-03-08T14:30:00Z',
  ]);
  assert.deepEqual(await found('2027-03-08T08:00:01-06:00', '2027-03-08T09:00:00-06:00'), [
    '2027-03-08T14:30:00Z',
  ]);
  const today = await found('2027-03-03T06:00:00Z', '2027-03-04T06:00:00Z');
  assert.ok(today.length > 0 && today.every((start) => start >= '2027-03-03T15:00:00Z'));
});

test('the same wall clock is another instant after the change to summer time', async (t) => {
  const practice = await openPractice(t);
  const first = async (day: string) => {
    const window = { from: `${day}T00:00:00Z`, to: `${day}T23:59:59Z` };
    return starts(proposed((await practice.find([serviceType('1004')], window)).json()))[0];
  };
  assert.equal(await first('2027-03-08'), '2027-03-08T14:00:00Z');
  assert.equal(await first('2027-03-15'), '2027-03-15T13:00:00Z');
});

test('the visit type decides how long a visit is; both spellings of the parameter count', async (t) => {
  const practice = await openPractice(t);
  for (const [code, minutes] of [
    ['1004', 30],
    ['1003', 40],
  ] as const)
    for (const name of ['serviceType', 'service-type']) {
      const all = proposed((await practice.find([serviceType(code, '0', name)])).json());
      assert.ok(all.length > 0);
      assert.ok(all.every(({ minutesDuration }) => minutesDuration === minutes));
    }
});

test('a visit type that does not resolve is dropped with 59109 and times of every type come back', async (t) => {
  const practice = await openPractice(t);
  const inR4 = { system: 'urn:oid:1.2.840.114350.1.13.0.1.7.2.808267', code: '1004' };
  const wrong = [
    serviceType('1004', '236.2'),
    serviceType('9999'),
    { name: 'serviceType', valueCodeableConcept: { coding: [inR4] } },
  ];
  for (const parameter of wrong) {
    const reply = await practice.find([parameter]);
    assert.deepEqual([reply.status, codesOf(reply.json())], [200, ['59109']]);
    const { severity } = reply.json().entry.at(-1).resource.issue[0];
    assert.equal(severity, 'information');
    const minutes = new Set(proposed(reply.json()).map(({ minutesDuration }) => minutesDuration));
    assert.deepEqual([...minutes].sort(), [30, 40]);
  }
});

test('OIDs carry the environment: what resolves in one does not in another', async (t) => {
  const practice = await openPractice(t, { environment: '236.2' });
  const mine = (await practice.find([serviceType('1004', '236.2')])).json();
  assert.deepEqual(codesOf(mine), []);
  const { system } = mine.entry[0].resource.serviceType[0].coding[0];
  assert.equal(system, 'urn:oid:1.2.840.114350.1.13.236.2.1.7.3.808267.11');
  const other = (await practice.find([serviceType('1004')])).json();
  assert.deepEqual(codesOf(other), ['59109']);
  assert.match(JSON.stringify(other), /1\.13\.236\.2\.1\.7\.2\.657369/);
});

test('without a visit type there are times of every type, or none and 59200 by setting', async (t) => {
  const practice = await openPractice(t);
  const minutes = new Set(
    proposed((await practice.find()).json()).map(({ minutesDuration }) => minutesDuration),
  );
  assert.equal(minutes.size, 2);
  const indications = { name: 'indications', valueCodeableConcept: { text: 'cough' } };
  assert.deepEqual(codesOf((await practice.find([indications])).json()), ['59200', '4101']);
  await practice.sim('PUT', '/settings', { withoutVisitType: '59200' });
  const nothing = (await practice.find()).json();
  assert.deepEqual([nothing.total, codesOf(nothing)], [0, ['59200', '4101']]);
});

test('a location narrows only as an absolute STU3 address; any other is dropped with 59109', async (t) => {
  const practice = await openPractice(t);
  const who = async (...parameter: object[]) => {
    const bundle = (await practice.find([serviceType('1004'), ...parameter])).json();
    const people = proposed(bundle).map(({ participant }) =>
      participant[0]?.actor.reference.split('/').at(-1),
    );
    return [new Set(people), codesOf(bundle)];
  };
  assert.deepEqual(await who(at(practice, RIVERSIDE)), [new Set([OKOYE]), []]);
  assert.deepEqual(await who(at(practice, juniper.locations[0]?.id ?? '')), [new Set([SOLHEIM]), []]);
  const relative = { name: 'location-reference', valueReference: { reference: `Location/${RIVERSIDE}` } };
  for (const wrong of [at(practice, RIVERSIDE, 'R4'), at(practice, 'nowhere'), relative])
    assert.deepEqual(await who(wrong), [new Set([SOLHEIM, OKOYE]), ['59109']]);
});

test('by setting the department is a participant too', async (t) => {
  const practice = await openPractice(t, { locationInFind: true });
  const [proposal] = await practice.proposals();
  assert.match(proposal.participant[1].actor.reference, /^http.*\/STU3\/Location\//);
});

test('an unknown parameter is ignored with 59100; the names of Argonaut are unknown, and a window is required', async (t) => {
  const practice = await openPractice(t);
  const ignored = await practice.find([serviceType('1004'), { name: 'practitioner', valueUri: 'x' }]);
  assert.equal(ignored.status, 200);
  const issue = ignored.json().entry.at(-1).resource.issue[0];
  assert.deepEqual(
    [issue.severity, issue.diagnostics],
    ['information', 'Unknown parameter: PRACTITIONER. Parameter has been ignored.'],
  );
  const argonaut = await practice.stu3('POST', '/Appointment/$find', {
    resourceType: 'Parameters',
    parameter: [
      { name: 'start', valueDateTime: '2027-03-04T00:00:00Z' },
      { name: 'end', valueDateTime: '2027-03-05T00:00:00Z' },
    ],
  });
  assert.deepEqual([argonaut.status, codesOf(argonaut.json())], [400, ['59100', '59100', '59108', '59108']]);
});

test('a window that is none is 400 with 59111, and a body that is none with 59105', async (t) => {
  const practice = await openPractice(t);
  const windows = [
    { from: 'tomorrow' },
    { from: '2027-03-04' },
    { from: '2027-03-04T10:00:00' },
    { from: '2027-03-06T00:00:00Z' },
  ];
  for (const window of windows) {
    const reply = await practice.find([], window);
    assert.deepEqual([reply.status, codesOf(reply.json())], [400, ['59111']], window.from);
  }
  for (const body of [{ resourceType: 'Bundle' }, [], { resourceType: 'Parameters', parameter: [{}] }])
    assert.deepEqual(codesOf((await practice.stu3('POST', '/Appointment/$find', body)).json()), ['59105']);
});

test('when nobody has a template it says so, and when all is taken it only says that there is nothing', async (t) => {
  const practice = await openPractice(t);
  const sunday = { from: '2027-03-07T06:00:00Z', to: '2027-03-08T06:00:00Z' };
  const empty = (await practice.find([serviceType('1004')], sunday)).json();
  assert.deepEqual([empty.total, empty.entry.length, codesOf(empty)], [0, 1, ['59134', '4101']]);
  assert.equal(
    empty.entry[0].resource.issue[0].diagnostics,
    'Not enough providers with templates in JUNIPER FAMILY MEDICINE for OFFICE VISIT.',
  );
  const early = { from: '2027-03-08T14:00:00Z', to: '2027-03-08T14:30:00Z' };
  const [only] = proposed((await practice.find([serviceType('1004')], early)).json());
  await practice.book(only?.id ?? '', JONAS);
  assert.deepEqual(codesOf((await practice.find([serviceType('1004')], early)).json()), ['4101']);
});

test('a patient is a resource with an identifier or missing; one whom nobody knows is 400 with 4100', async (t) => {
  const practice = await openPractice(t);
  const patient = (identifier: object) => ({
    name: 'patient',
    resource: { resourceType: 'Patient', identifier: [identifier] },
  });
  const known = [
    { system: 'urn:oid:1.2.840.114350.1.1', value: 'E4101' },
    { system: 'urn:oid:1.2.840.114350.1.13.0.1.7.5.737384.14', value: '203710' },
    { value: AMARA },
  ];
  for (const identifier of known)
    assert.equal((await practice.find([serviceType('1004'), patient(identifier)])).status, 200);
  const reply = await practice.find([patient({ system: 'urn:oid:1.2.840.114350.1.1', value: 'E9' })]);
  assert.deepEqual([reply.status, codesOf(reply.json())], [400, ['4100']]);
});

test('with more times than one answer holds, 4119 tells that there may be more', async (t) => {
  const practice = await openPractice(t, { findLimit: 5 });
  const bundle = (await practice.find([serviceType('1004')])).json();
  assert.deepEqual([bundle.total, codesOf(bundle)], [5, ['4119']]);
});
