import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readInstant, utc } from '../../map/instant.ts';
import { isFailure, worstOf } from '../../map/issue.ts';
import { idIn } from '../../map/reference.ts';
import { conceptOf, hasToken, tokenOf } from '../../map/token.ts';
import { parseVendorKey, vendorKeyOf } from '../../map/vendor-key.ts';

describe('An instant', () => {
  for (const [text, what] of [
    ['2031-03-04T10:00:00', 'no offset'],
    ['2031-03-04T10:00Z', 'no seconds'],
    ['2031-03-04', 'no time'],
    ['2031-03-04T10:00:00+14:01', 'an offset beyond fourteen hours'],
    ['2031-03-04T10:00:00-23:00', 'an offset beyond fourteen hours'],
    ['2031-02-29T10:00:00Z', 'no day of the calendar'],
    ['2031-03-04T10:00:60Z', 'a leap second'],
    ['', 'nothing'],
  ] as const)
    test(`with ${what} is none: "${text}"`, () => assert.equal(readInstant(text), undefined));

  for (const [text, at] of [
    ['2031-03-04T10:00:00Z', '2031-03-04T10:00:00Z'],
    ['2031-03-04T10:00:00.123456Z', '2031-03-04T10:00:00Z'],
    ['2031-03-04T10:00:00+14:00', '2031-03-03T20:00:00Z'],
    ['2031-03-04T10:00:00-06:00', '2031-03-04T16:00:00Z'],
  ] as const)
    test(`${text} is ${at}`, () => assert.equal(utc(readInstant(text) ?? 0), at));
});

describe('A reference', () => {
  const long = 'e'.repeat(66);
  for (const [reference, type, id] of [
    ['Practitioner/7', 'Practitioner', '7'],
    ['https://fhir.example.org/r4/Practitioner/7', 'Practitioner', '7'],
    ['Practitioner/7/_history/2', 'Practitioner', '7'],
    [`Patient/${long}`, 'Patient', long],
    ['PractitionerRole/7', 'Practitioner', undefined],
    ['#contained', 'Slot', undefined],
    ['urn:uuid:6a1f0a52-6a57-4c2b-9f5e-0d5c3c8f3f11', 'Slot', undefined],
    ['Practitioner/7?name=x', 'Practitioner', undefined],
    [undefined, 'Practitioner', undefined],
  ] as const)
    test(`${reference} names ${type} ${id ?? 'of no id'}`, () => assert.equal(idIn({ reference }, type), id));
});

describe('A token', () => {
  const concepts = [{ coding: [{ system: 'urn:a', code: '1' }, { code: '2' }] }];
  for (const [token, isThere] of [
    ['urn:a|1', true],
    ['1', true],
    ['urn:b|1', false],
    ['|1', false],
    ['|2', true],
    ['3', false],
  ] as const)
    test(`${token} is ${isThere ? '' : 'not '}among the codes`, () =>
      assert.equal(hasToken(concepts, token), isThere));

  test('becomes the concept that it came from', () => {
    assert.deepEqual(conceptOf('urn:a|1'), { coding: [{ system: 'urn:a', code: '1' }] });
    assert.deepEqual(conceptOf('1'), { coding: [{ code: '1' }] });
    assert.equal(tokenOf({ coding: [{}, { system: 'urn:a', code: '1' }] }), 'urn:a|1');
  });
});

describe('A vendor key', () => {
  for (const key of [
    { slot: '24477854-21304876-62852027-0' },
    { slot: 'abc', type: 'http://snomed.info/sct|408443003' },
    { practitioner: 'eM5CWtq15N0WJeuCet5bJlQ3', location: 'l.1' },
    { practitioner: '7', location: '3', type: 'urn:a|b' },
  ])
    test(`is read as it was written: ${vendorKeyOf(key)}`, () =>
      assert.deepEqual(parseVendorKey(vendorKeyOf(key) ?? ''), key));

  test('that would be too long, or could not be read again, is none', () => {
    const slot = 's'.repeat(128);
    assert.equal(vendorKeyOf({ slot, type: `urn:${'t'.repeat(80)}|1` }), undefined);
    assert.equal(vendorKeyOf({ practitioner: 'p'.repeat(109), location: 'l'.repeat(109) }), undefined);
    assert.equal(vendorKeyOf({ slot, type: 'office visit' }), undefined);
  });

  for (const text of [
    'no such key',
    'slot:',
    'slot:a b',
    'slot:../7',
    'with:1',
    'slot:1|type:',
    'op:1|prov:2',
  ])
    test(`"${text}" is none`, () => assert.equal(parseVendorKey(text), undefined));
});

describe('Issues', () => {
  const outcome = (...severities: readonly string[]) =>
    ({
      resourceType: 'OperationOutcome',
      issue: severities.map((severity) => ({ severity, code: 'processing' })),
    }) as const;

  for (const [severities, worst, failed] of [
    [['information', 'fatal', 'warning'], 'fatal', true],
    [['warning', 'error'], 'error', true],
    [['information', 'warning'], 'warning', false],
    [['unheard-of'], undefined, false],
    [[], undefined, false],
  ] as const)
    test(`of ${severities.join(', ') || 'no severity'}: the worst decides`, () => {
      assert.equal(worstOf([outcome(...severities)]), worst);
      assert.equal(isFailure([outcome(...severities)]), failed);
    });
});
