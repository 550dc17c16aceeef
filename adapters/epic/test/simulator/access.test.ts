import assert from 'node:assert/strict';
import { test } from 'node:test';
import { objectionTo } from '../../simulator/access.ts';
import { OFFERED_SCOPES, STATIC_SCOPES } from '../../simulator/scopes.ts';
import { type Settings, settings } from '../../simulator/settings.ts';
import type { Access, Bearer, EpicScene } from '../../simulator/tables.ts';
import { codesOf } from './practice.ts';

const request = {
  method: 'GET',
  path: '/',
  query: new URLSearchParams(),
  headers: { accept: 'application/fhir+json' },
  body: '',
};

function answerTo(access: Access, scopes: string, changed: Partial<Settings> = {}, bearer?: Partial<Bearer>) {
  const unused = (): never => assert.fail('An objection needs no data.');
  const scene: EpicScene = {
    db: { table: unused, next: unused },
    ledger: { appointment: unused, patient: unused },
    settings: settings.parse(changed),
    now: 0,
    token: () => undefined,
  };
  const who = { scopes: new Set(scopes.split(' ')), patient: undefined, backend: false, ...bearer };
  return objectionTo(scene, request, access, who);
}

test('a scope of version 1 or 2 opens what it names, and nothing else', () => {
  const rows: readonly [scopes: string, access: Access, allowed: boolean][] = [
    ['user/Appointment.read', 'Appointment.r', true],
    ['user/Appointment.read', 'Appointment.s', true],
    ['system/Appointment.rs', 'Appointment.s', true],
    ['patient/Appointment.s', 'Appointment.s', true],
    ['patient/Appointment.s', 'Appointment.r', false],
    ['user/Appointment.write', 'Appointment.r', false],
    ['user/Appointment.sr', 'Appointment.r', false],
    ['user/Appointment.rs?status=booked', 'Appointment.r', true],
    ['user/*.read', 'Location.s', true],
    ['user/Patient.read', 'Appointment.r', false],
    ['user/Practitioner.read', 'PractitionerRole.r', false],
    ['openid fhirUser launch', 'Patient.r', false],
    ['', 'Patient.r', false],
  ];
  for (const [scopes, access, allowed] of rows)
    assert.equal(answerTo(access, scopes) === undefined, allowed, `${scopes} for ${access}`);
});

test('a missing scope is 403 with 4118, a missing token 401, and open paths ask for neither', () => {
  const refused = answerTo('Appointment.r', 'user/Patient.read');
  assert.equal(refused?.status, 403);
  assert.deepEqual(codesOf(JSON.parse(refused?.body ?? '')), ['4118']);
  // Only the settings are looked at.
  const scene = { settings: settings.parse({}) } as unknown as EpicScene;
  assert.equal(objectionTo(scene, request, 'Appointment.r', undefined)?.status, 401);
  assert.equal(objectionTo(scene, request, 'open', undefined), undefined);
});

test('$find and $book need the scope of the setting and their tick in the registration', () => {
  const rows: readonly [scopes: string, changed: Partial<Settings>, find: boolean, book: boolean][] = [
    ['user/Appointment.read', {}, true, true],
    ['user/Patient.read', {}, false, false],
    ['user/Patient.read', { operationScope: 'none' }, true, true],
    ['user/Appointment.read', { operationScope: 'appointment-write' }, false, false],
    ['user/Appointment.crus', { operationScope: 'appointment-write' }, true, true],
    ['user/Appointment.write', { operationScope: 'appointment-write' }, true, true],
    ['user/Appointment.read', { findTicked: false }, false, true],
    ['user/Appointment.read', { bookTicked: false }, true, false],
  ];
  for (const [scopes, changed, find, book] of rows) {
    assert.equal(answerTo('$find', scopes, changed) === undefined, find, `$find ${JSON.stringify(changed)}`);
    assert.equal(answerTo('$book', scopes, changed) === undefined, book, `$book ${JSON.stringify(changed)}`);
  }
});

test('a backend app that no user stands for gets tokens and nothing else', () => {
  const scope = 'system/Appointment.read';
  assert.equal(answerTo('Appointment.r', scope, {}, { backend: true }), undefined);
  const unmapped = { backendUserMapped: false };
  assert.equal(answerTo('Appointment.r', scope, unmapped, { backend: true })?.status, 403);
  assert.equal(answerTo('Appointment.r', scope, unmapped, { backend: false }), undefined);
});

test('the static token may do everything that scheduling needs, and every scope of it is one that is offered', () => {
  for (const access of ['$find', '$book', 'Appointment.s', 'Patient.r', 'Slot.r', 'Organization.s'] as const)
    assert.equal(answerTo(access, [...STATIC_SCOPES].join(' ')), undefined);
  for (const scope of STATIC_SCOPES) assert.ok(OFFERED_SCOPES.includes(scope), scope);
  assert.equal(new Set(OFFERED_SCOPES).size, OFFERED_SCOPES.length);
});
