import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { agentScopes, allows, coversScope, operationNeeds, parseScope } from '#fhir/scopes.ts';

describe('scopes', () => {
  for (const [text, scope] of [
    ['system/Slot.rs', { resource: 'Slot', letters: 'rs' }],
    ['system/Appointment.cruds', { resource: 'Appointment', letters: 'cruds' }],
    ['system/Slot.read', { resource: 'Slot', letters: 'rs' }],
    ['system/Appointment.write', { resource: 'Appointment', letters: 'cud' }],
    ['system/Appointment.*', { resource: 'Appointment', letters: 'cruds' }],
    ['system/Slot.rd', { resource: 'Slot', letters: 'rd' }],
    ['system/Slot.sr', undefined],
    ['system/Slot.', undefined],
    ['system/Slot.rr', undefined],
    ['system/Slot.reads', undefined],
    ['system/*.rs', undefined],
    ['system/Slot.rs?status=free', undefined],
    ['patient/Slot.rs', undefined],
    ['user/Slot.rs', undefined],
    ['Slot.rs', undefined],
    ['system/slot.rs', undefined],
    ['openid', undefined],
    ['', undefined],
  ] as const)
    it(`reads ${text || 'nothing'} as ${scope ? scope.letters : 'no scope of ours'}`, () =>
      assert.deepEqual(parseScope(text), scope));

  it('are all covered by themselves and none by nothing', () => {
    for (const scope of agentScopes) {
      assert.ok(parseScope(scope));
      assert.ok(coversScope(agentScopes, scope));
      assert.ok(!coversScope([], scope));
    }
  });

  for (const [asked, covered] of [
    ['system/Slot.r', true],
    ['system/Slot.read', true],
    ['system/Appointment.cu', true],
    ['system/Appointment.write', false],
    ['system/Appointment.*', false],
    ['system/Appointment.d', false],
    ['system/Patient.r', false],
    ['system/Observation.rs', false],
    ['system/Slot.sr', false],
  ] as const)
    it(`${covered ? 'cover' : 'do not cover'} ${asked}`, () =>
      assert.equal(coversScope(agentScopes, asked), covered));

  it('add up over several scopes', () =>
    assert.ok(coversScope(['system/Slot.r', 'system/Slot.s'], 'system/Slot.rs')));

  it('allow an operation when one of its needs is met', () => {
    assert.ok(allows('system/Slot.s', ...operationNeeds.find));
    assert.ok(allows('system/Appointment.crus', ...operationNeeds.find));
    assert.ok(!allows('system/Appointment.cru', ...operationNeeds.find));
    assert.ok(!allows('system/Appointment.rs', ...operationNeeds.hold));
    assert.ok(!allows('system/Appointment.c', ...operationNeeds.change));
    assert.ok(!allows('', ...operationNeeds.match));
    assert.ok(!allows('system/Appointment.crus'));
  });

  it('never allow a letter that no scope names', () => {
    const letters = fc.subarray(['c', 'r', 'u', 'd', 's'] as const, { minLength: 1 });
    fc.assert(
      fc.property(letters, fc.constantFrom('c', 'r', 'u', 'd', 's'), (granted, letter) => {
        assert.equal(
          allows(`system/Slot.${granted.join('')}`, { resource: 'Slot', letter }),
          granted.includes(letter),
        );
      }),
    );
  });
});
