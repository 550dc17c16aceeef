import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adapters } from '#adapters';
import { choicesBeside, choicesLacking } from '#scheduling/consent/chosen-scopes.ts';
import { askedScopes } from '#scheduling/consent/scope-plan.ts';
import { fhirR4 } from '../../../adapters/fhir-r4/index.ts';

const { authorization } = fhirR4;
const people = { scopeDialect: 'v2', grantType: 'authorization_code' } as const;
const wanted = { createPatients: true };

for (const [scopeDialect, grantType, scope] of [
  ['v2', 'authorization_code', 'user/Patient.c'],
  ['v1', 'authorization_code', 'user/Patient.write'],
  ['v2', 'client_credentials', 'system/Patient.c'],
  ['v1', 'client_credentials', 'system/Patient.write'],
] as const)
  test(`${scope} is asked for and allowed with the setting alone`, () => {
    const registration = { scopeDialect, grantType };
    const without = askedScopes(authorization, registration, {});
    const plan = askedScopes(authorization, registration, wanted);
    assert.deepEqual(plan.asked, [...without.asked, scope]);
    assert.deepEqual(
      plan.policy.atMost.filter((one) => !without.policy.atMost.includes(one)),
      [scope],
    );
    assert.deepEqual(
      [plan.policy.requiredReads, plan.policy.bookingWrites],
      [without.policy.requiredReads, without.policy.bookingWrites],
      'Nobody loses a connection for lack of it.',
    );
    assert.deepEqual(choicesLacking(authorization, plan.asked), []);
    assert.equal(choicesLacking(authorization, without.asked).length, 1);
  });

test('a grant covers a choice in whatever spelling, and by more than it needs', () => {
  const { asked } = askedScopes(authorization, people, {});
  for (const more of ['user/Patient.c', 'user/Patient.write', 'user/Patient.cruds', 'user/*.c'])
    assert.deepEqual(choicesLacking(authorization, [...asked, more]), [], more);
  for (const other of [
    'user/Patient.u',
    'user/Patient.rs',
    'patient/Patient.c',
    'user/Patient.c?_id=1',
    'Patient.c',
  ])
    assert.equal(choicesLacking(authorization, [...asked, other]).length, 1, other);
  assert.equal(choicesLacking(authorization, undefined).length, 1, 'Nothing was granted.');
});

test('settings and grant are compared both ways', () => {
  const { asked: narrow } = askedScopes(authorization, people, {});
  const { asked: all } = askedScopes(authorization, people, wanted);
  const beside = (
    ...given: Parameters<typeof choicesBeside> extends [unknown, ...infer Rest] ? Rest : never
  ) => {
    const { toConsent, toGiveBack } = choicesBeside(authorization, ...given);
    return [toConsent.map(({ ability }) => ability), toGiveBack.map(({ ability }) => ability)];
  };
  assert.deepEqual(beside(wanted, narrow), [['createPatient'], []]);
  assert.deepEqual(beside({}, all), [[], ['createPatient']]);
  assert.deepEqual(beside(wanted, all), [[], []]);
  assert.deepEqual(beside({}, narrow), [[], []]);
});

for (const adapter of adapters)
  test(`no choice of ${adapter.title} is made for a practice that has set nothing, and each has scopes of its own`, () => {
    if (adapter.authorization.kind === 'api-key')
      return assert.deepEqual(choicesLacking(adapter.authorization, undefined), []);
    const { byChoice = [], ask } = adapter.authorization.scopes;
    for (const { wanted: isWanted, scopes } of byChoice) {
      assert.ok(!isWanted({}));
      for (const dialect of ['v1', 'v2', 'plain'] as const)
        if (ask[dialect] !== undefined)
          for (const system of [false, true]) assert.ok(scopes(dialect, system).length > 0);
    }
  });
