import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type CanaryKind, createCanaries, createScan } from '#test/canary.ts';
import { seeded } from '#test/random.ts';
import { meantToBeGiven } from './canary-requests.ts';

const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le');
const family = 'Zéphirin-Vozukalem';
const born = '1947-03-02';
const phone = '(303)555-0187';

/** A canary, and texts in which it has to be found. */
const rows: readonly (readonly [string, CanaryKind, Readonly<Record<string, string>>])[] = [
  [
    family,
    'word',
    {
      plain: `Dear ${family}.`,
      'in capitals': family.toUpperCase(),
      'without accents': 'zephirin-vozukalem',
      decomposed: family.normalize('NFD'),
      'in an address': `?name=${encodeURIComponent(family)}&x=1`,
      'in an address within an address': encodeURIComponent(`?name=${encodeURIComponent(family)}`),
      'in hex': Buffer.from(`x${family}y`).toString('hex'),
      'in base64 from its first byte': Buffer.from(`${family} and more`).toString('base64'),
      'in base64 from its second byte': Buffer.from(`a${family} and more`).toString('base64'),
      'in base64 from its third byte': Buffer.from(`ab${family} and more`).toString('base64url'),
      'in escapes of JSON': [...family]
        .map((each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`)
        .join(''),
      'in JSON that is ASCII': family.replace('é', '\\u00e9'),
      'in UTF-8 read as bytes': Buffer.from(family).toString('latin1'),
      'in UTF-16': utf16(family).toString('latin1'),
      'in UTF-16 and base64': utf16(`by ${family}`).toString('base64'),
      'in UTF-16 and hex': utf16(family).toString('hex'),
    },
  ],
  [
    born,
    'date',
    {
      plain: `"birthDate":"${born}"`,
      'with a time': `${born}T00:00:00Z`,
      'as Americans write it': 'on 03/02/1947,',
      'as Americans write it, without zeros': 'on 3/2/1947,',
      'as Germans write it': '02.03.1947',
      'in digits': 'DOB=19470302;',
      'in base64': Buffer.from(`on ${born}.`).toString('base64'),
      'in digits and base64': Buffer.from('x19470302y').toString('base64'),
      'in an address': '?dob=03%2F02%2F1947',
    },
  ],
  [
    phone,
    'number',
    {
      plain: phone,
      'in digits': 'tel:3035550187',
      'with the country': '+13035550187',
      'with hyphens': '303-555-0187',
      'with dots': '303.555.0187',
      'with a blank': '(303) 555-0187',
      'in hex': Buffer.from('3035550187').toString('hex'),
    },
  ],
];

describe('the scan for canaries', () => {
  for (const [value, kind, texts] of rows)
    for (const [how, text] of Object.entries(texts))
      it(`finds a ${kind} ${how}`, () => {
        const scan = createScan([{ value, kind, where: 'here' }]);
        assert.deepEqual(
          scan(`${'.'.repeat(50)}${text}${'.'.repeat(50)}`).map(({ canary }) => canary.value),
          [value],
        );
      });

  it('does not take eight digits within a hash for a birth date', () => {
    const scan = createScan([{ value: born, kind: 'date', where: 'here' }]);
    assert.deepEqual(scan('a419470302fe 119470302 194703021'), []);
  });

  it('finds nothing in a text without canaries, and makes none twice', () => {
    const canaries = createCanaries(seeded(7));
    for (let round = 0; round < 300; round += 1) {
      canaries.name('a');
      canaries.birthDate('b');
      canaries.phone('c');
    }
    assert.equal(canaries.all.length, 900);
    const text = `${JSON.stringify(rows)} ${new Date(0).toISOString()} 2026-11-21 8080 127.0.0.1`.repeat(50);
    assert.deepEqual(createScan(canaries.all)(text), []);
  });
});

describe('what an answer is meant to give', () => {
  const person = { family, given: 'Odalys', birthDate: born, phone, email: 'z@example.org' };
  const said = { resourceType: 'Patient', id: '1', name: [{ family, given: ['Odalys'] }], birthDate: born };

  it('is of a Patient what the request itself said, and nothing of anybody else', () => {
    const kept = (about: object) =>
      meantToBeGiven({ entry: [{ resource: about }] }, person, new URLSearchParams());
    assert.deepEqual(kept(said), { entry: [{ resource: { resourceType: 'Patient', id: '1' } }] });
    const other = { ...said, birthDate: '1947-03-03', name: [{ family, given: ['Odalys', 'Maria'] }] };
    assert.deepEqual(kept(other), { entry: [{ resource: other }] });
    const wordy = { ...said, address: [{ city: family }] };
    assert.deepEqual(kept(wordy), {
      entry: [{ resource: { resourceType: 'Patient', id: '1', address: [{ city: family }] } }],
    });
    assert.deepEqual(kept({ ...said, resourceType: 'Person' }), {
      entry: [{ resource: { ...said, resourceType: 'Person' } }],
    });
  });

  it('is in a link the parameter that was asked by', () => {
    const link = (query: string) => ({
      link: [{ relation: 'self', url: `http://gateway.example/fhir/R4/Location?${query}` }],
    });
    const asked = new URLSearchParams({ name: family });
    assert.deepEqual(meantToBeGiven(link(asked.toString()), undefined, asked), {
      link: [{ relation: 'self', url: 'http://gateway.example/fhir/R4/Location' }],
    });
    const other = link(new URLSearchParams({ name: 'Odalys' }).toString());
    assert.deepEqual(meantToBeGiven(other, undefined, asked), other);
  });
});
