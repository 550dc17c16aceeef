import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Access, accessOf, coversAccess, overlapsAccess, parseScope } from '#oauth/scope.ts';

const resources: readonly (readonly [text: string, rights: string])[] = [
  ['user/Appointment.crus', 'user Appointment c r u s'],
  ['patient/Slot.rs', 'patient Slot r s'],
  ['system/*.cruds', 'system * c r u d s'],
  ['user/Slot.s', 'user Slot s'],
  // Letters in order that spell the beginning of a v1 word, and v1 words that look like letters.
  ['user/Slot.rd', 'user Slot r d'],
  ['user/Slot.read', 'user Slot r s'],
  ['user/Slot.write', 'user Slot c u d'],
  ['user/Slot.*', 'user Slot c r u d s'],
  ['user/*.*', 'user * c r u d s'],
  ['http://smarthealthit.org/fhir/scopes/user/Slot.rs', 'user Slot r s'],
];
for (const [text, expected] of resources) {
  test(`${text} opens ${expected}`, () => {
    const scope = parseScope(text);
    assert.ok(scope?.kind === 'resource');
    const letters = accessOf(scope).map(({ letter }) => letter);
    assert.equal([scope.context, scope.resource, ...letters].join(' '), expected);
    assert.deepEqual(scope.constraints, []);
  });
}

test('a constraint is kept with its scope, and its order does not matter', () => {
  const scope = parseScope('user/Appointment.rs?status=booked&practitioner:Practitioner.name=lin');
  assert.ok(scope?.kind === 'resource');
  assert.deepEqual(scope.constraints, [
    ['status', 'booked'],
    ['practitioner:Practitioner.name', 'lin'],
  ]);
  assert.deepEqual(access('user/Slot.r?b=2&a=1'), access('user/Slot.r?a=1&b=2'));
  assert.equal(
    access('user/Observation.r?category=http://loinc.org|8867-4').constraint,
    'category=http://loinc.org|8867-4',
  );
});

const others: readonly (readonly [text: string, kind: string])[] = [
  ['launch', 'launch'],
  ['launch/patient', 'launch'],
  ['openid', 'identity'],
  ['fhirUser', 'identity'],
  ['profile', 'identity'],
  ['offline_access', 'lifetime'],
  ['online_access', 'lifetime'],
];
for (const [text, kind] of others)
  test(`${text} is of kind ${kind}`, () => assert.equal(parseScope(text)?.kind, kind));

const junk = [
  '',
  ' ',
  'calendar:read',
  'user/Appointment.sr',
  'user/Appointment.dus',
  'user/Appointment.rr',
  'user/Appointment.',
  'user/Appointment',
  'user/Appointment.rs.rs',
  'user/appointment.rs',
  'User/Appointment.rs',
  'USER/Appointment.RS',
  'user/Appointment.RS',
  'user/Appointment.Read',
  'user/Appointment.readwrite',
  'user/Appointment.read,write',
  'user/Appointment.r*',
  'user/.rs',
  'user//Appointment.rs',
  'user/Appointment/1.rs',
  'user/Appo*.rs',
  '/Appointment.rs',
  'any/Appointment.rs',
  '*/Appointment.rs',
  '*',
  '*.*',
  'user/Appointment.rs?',
  'user/Appointment.rs?status',
  'user/Appointment.rs?status=',
  'user/Appointment.rs?=booked',
  'user/Appointment.rs?status=a=b',
  'user/Appointment.rs?a=1&',
  'user/Appointment.rs?a=1&&b=2',
  'user/Appointment.read?status=booked',
  'user/Appointment.*?status=booked',
  'user/Appointment.?status=booked',
  'user/Appointment.rs ',
  'user/Appointment.rs\n',
  'user/Appointment.rs?a="',
  'user/Аppointment.rs', // a Cyrillic A
  'http://smarthealthit.org/fhir/scopes/http://smarthealthit.org/fhir/scopes/user/Slot.rs',
  'https://smarthealthit.org/fhir/scopes/user/Slot.rs',
  'OpenID',
  'fhiruser',
  'launch/',
  'launch/Patient',
  'offline_access ',
  '__proto__',
  'constructor',
];
for (const text of junk)
  test(`${JSON.stringify(text)} is no scope of SMART`, () => assert.equal(parseScope(text), undefined));

const relations: readonly (readonly [held: string, wanted: string, covers: boolean, overlaps: boolean])[] = [
  ['user/Slot.r', 'user/Slot.r', true, true],
  ['user/*.r', 'user/Slot.r', true, true],
  ['user/Slot.r', 'user/*.r', false, true],
  ['user/Slot.r', 'user/Slot.r?a=1', true, true],
  ['user/Slot.r?a=1', 'user/Slot.r', false, true],
  ['user/Slot.r?a=1', 'user/Slot.r?a=1', true, true],
  ['user/Slot.r?a=1', 'user/Slot.r?a=2', false, false],
  ['user/*.r?a=1', 'user/Slot.r', false, true],
  ['user/Slot.r', 'user/Slot.s', false, false],
  ['user/Slot.r', 'user/Schedule.r', false, false],
  ['user/Slot.r', 'patient/Slot.r', false, false],
];
for (const [held, wanted, covers, overlaps] of relations)
  test(`${held} ${covers ? 'covers' : 'does not cover'} ${wanted}${overlaps ? '' : ' and shares nothing with it'}`, () => {
    assert.equal(coversAccess(access(held), access(wanted)), covers);
    assert.equal(overlapsAccess(access(held), access(wanted)), overlaps);
    assert.equal(overlapsAccess(access(wanted), access(held)), overlaps);
  });

/** The first right that a scope opens. */
function access(text: string): Access {
  const scope = parseScope(text);
  const first = scope?.kind === 'resource' ? accessOf(scope)[0] : undefined;
  assert.ok(first, text);
  return first;
}
