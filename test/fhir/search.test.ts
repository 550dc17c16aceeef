import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Failure, type FailureCode } from '#domain/failure.ts';
import { refuseDemographicsInUrl } from '#fhir/demographics-in-url.ts';
import { parseSearch, type Search } from '#fhir/search.ts';
import { matchesSearch } from '#fhir/search-filter.ts';
import { type SearchType, searchTables } from '#fhir/search-parameters.ts';
import { searchParameters } from '#test/fhir-definitions.ts';
import { examples } from '#test/fhir-examples.ts';

const base = 'https://gateway.example.org/fhir/R4';
const chicago = { zone: 'America/Chicago', base };

function search(type: SearchType, query: string, zone = chicago.zone): Search {
  return parseSearch(type, { url: new URLSearchParams(query) }, { zone, base });
}

function refused(code: FailureCode, expression?: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof Failure, String(error));
    assert.equal(error.code, code);
    if (expression !== undefined) assert.equal(error.expression, expression);
    return true;
  };
}

describe('the search tables', () => {
  for (const [type, { parameters }] of Object.entries(searchTables))
    it(`names parameters of ${type} as FHIR R4 does`, () => {
      for (const [name, row] of Object.entries(parameters)) {
        const official = searchParameters().get(row.definition);
        assert.ok(official, `${row.definition} does not exist`);
        assert.equal(official.code, name.split('.')[0]);
        assert.equal(official.type, row.type);
        if (name !== '_id') assert.ok(official.base?.includes(type as never), `${name} is not for ${type}`);
        if (row.expression === undefined || name === '_id') continue;
        const expressions = (official.expression ?? '')
          .split(' | ')
          .filter((one) => one.startsWith(`${type}.`));
        const plain = expressions.map((one) => one.replace(/\.where\(resolve\(\) is \w+\)$/, '')).join(' | ');
        assert.equal(row.expression, plain);
      }
    });
});

describe('windows of a search', () => {
  const rows: [name: string, query: string, zone: string, window: { from?: string; to?: string }][] = [
    [
      'a bare date is that day at the practice',
      'start=2027-03-04',
      'America/Chicago',
      { from: '2027-03-04T06:00:00Z', to: '2027-03-05T06:00:00Z' },
    ],
    [
      'and elsewhere another',
      'start=2027-03-04',
      'Asia/Kolkata',
      { from: '2027-03-03T18:30:00Z', to: '2027-03-04T18:30:00Z' },
    ],
    [
      'the day the clocks go on has 23 hours',
      'start=2027-03-14',
      'America/Chicago',
      { from: '2027-03-14T06:00:00Z', to: '2027-03-15T05:00:00Z' },
    ],
    [
      'the day they go back has 25',
      'start=2027-11-07',
      'America/Chicago',
      { from: '2027-11-07T05:00:00Z', to: '2027-11-08T06:00:00Z' },
    ],
    [
      'a zone without changes keeps 24',
      'start=2027-03-14',
      'America/Phoenix',
      { from: '2027-03-14T07:00:00Z', to: '2027-03-15T07:00:00Z' },
    ],
    [
      'a day whose midnight is skipped begins at one',
      'start=2025-04-25',
      'Africa/Cairo',
      { from: '2025-04-24T22:00:00Z', to: '2025-04-25T21:00:00Z' },
    ],
    [
      '29 February of a leap year',
      'start=2028-02-29',
      'UTC',
      { from: '2028-02-29T00:00:00Z', to: '2028-03-01T00:00:00Z' },
    ],
    ['a month', 'start=2027-02', 'UTC', { from: '2027-02-01T00:00:00Z', to: '2027-03-01T00:00:00Z' }],
    ['a year', 'start=2027', 'UTC', { from: '2027-01-01T00:00:00Z', to: '2028-01-01T00:00:00Z' }],
    [
      'ge and lt',
      'start=ge2027-03-04T08:00:00-06:00&start=lt2027-03-05T08:00:00-06:00',
      'UTC',
      { from: '2027-03-04T14:00:00Z', to: '2027-03-05T14:00:00Z' },
    ],
    ['le takes the whole of its day', 'start=le2027-03-04', 'UTC', { to: '2027-03-05T00:00:00Z' }],
    ['lt takes none of it', 'start=lt2027-03-04', 'UTC', { to: '2027-03-04T00:00:00Z' }],
    ['gt begins after the day', 'start=gt2027-03-04', 'UTC', { from: '2027-03-05T00:00:00Z' }],
    ['sa is the same', 'start=sa2027-03-04', 'UTC', { from: '2027-03-05T00:00:00Z' }],
    ['eb ends before it', 'start=eb2027-03-04', 'UTC', { to: '2027-03-04T00:00:00Z' }],
    ['le takes its own second', 'start=le2027-03-04T08:00:00Z', 'UTC', { to: '2027-03-04T08:00:01Z' }],
    [
      'eq of an instant is that second',
      'start=eq2027-03-04T08:00:00Z',
      'UTC',
      { from: '2027-03-04T08:00:00Z', to: '2027-03-04T08:00:01Z' },
    ],
    [
      'minutes are enough',
      'start=2027-03-04T08:30Z',
      'UTC',
      { from: '2027-03-04T08:30:00Z', to: '2027-03-04T08:31:00Z' },
    ],
    [
      'three bounds intersect',
      'start=ge2027-03-01&start=lt2027-03-20&start=ge2027-03-04',
      'UTC',
      { from: '2027-03-04T00:00:00Z', to: '2027-03-20T00:00:00Z' },
    ],
    [
      'a + that became a space is repaired',
      'start=ge2027-03-04T08:00:00+05:30',
      'UTC',
      { from: '2027-03-04T02:30:00Z' },
    ],
    [
      'a + that was encoded needs no repair',
      'start=ge2027-03-04T08:00:00%2B05:30',
      'UTC',
      { from: '2027-03-04T02:30:00Z' },
    ],
  ];
  for (const [name, query, zone, window] of rows)
    it(`${name}: ${query}`, () => assert.deepEqual(search('Slot', query, zone).windows.start, window));

  for (const value of [
    '2027-02-29',
    '2027-13-01',
    '2027-00-10',
    '2027-04-31',
    '2027-3-4',
    '20270304',
    'tomorrow',
    'ge',
    '0000-01-01',
    '2027-03-04T10:30:00',
    '2027-03-04T10',
    '2027-03-04T24:00:00Z',
    '2027-03-04T10:60:00Z',
    '2027-03-04T10:30:00+15:00',
    '2027-03-04T10:30:00-14:30',
    '2027-03-04T10:30:00+05',
    'ge2027-02-29T10:00:00Z',
    '2027-03-04,2027-03-05',
    '2027-03-04T10:30:60Z',
  ])
    it(`refuses ${value}`, () =>
      assert.throws(
        () => search('Slot', `start=${encodeURIComponent(value)}`),
        refused('invalid-date', 'start'),
      ));

  it('refuses an end before the start', () => {
    assert.throws(
      () => search('Slot', 'start=ge2027-03-05&start=lt2027-03-04'),
      refused('invalid-date', 'start'),
    );
    assert.throws(
      () => search('Slot', 'start=ge2027-03-04T10:00:00Z&start=lt2027-03-04T10:00:00Z'),
      refused('invalid-date', 'start'),
    );
  });

  for (const prefix of ['ne', 'ap', 'xx'])
    it(`refuses the prefix ${prefix}`, () =>
      assert.throws(() => search('Slot', `start=${prefix}2027-03-04`), refused('invalid-value', 'start')));

  it('means the same instant in every spelling', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -840, max: 840 }),
        fc.integer({ min: 1_700_000_000, max: 2_500_000_000 }),
        (offset, seconds) => {
          const sign = offset < 0 ? '-' : '+';
          const zone = `${sign}${String(Math.floor(Math.abs(offset) / 60)).padStart(2, '0')}:${String(Math.abs(offset) % 60).padStart(2, '0')}`;
          const local = new Date((seconds + offset * 60) * 1000).toISOString().slice(0, 19);
          const { from } =
            search('Slot', `start=${encodeURIComponent(`ge${local}${zone}`)}`).windows.start ?? {};
          assert.equal(Date.parse(from ?? ''), seconds * 1000);
        },
      ),
    );
  });
});

describe('tokens, references and the rest', () => {
  it('reads repeats as AND and commas as OR, with escapes', () => {
    const { tokens } = search(
      'Slot',
      `service-type=a,urn:x|b&service-type=${encodeURIComponent('|c,d\\,e\\|f\\\\,urn:x|')}`,
    );
    assert.deepEqual(tokens['service-type'], [
      [{ code: 'a' }, { system: 'urn:x', code: 'b' }],
      [{ system: '', code: 'c' }, { code: 'd,e|f\\' }, { system: 'urn:x' }],
    ]);
  });

  it('reads references relative, bare, absolute to this server and typed', () => {
    const query = `schedule.actor=Practitioner/1,2,${base}/Location/3&schedule.actor:Location=4&schedule=5`;
    const { references } = search('Slot', query);
    assert.deepEqual(references['schedule.actor'], [
      [{ type: 'Practitioner', id: '1' }, { id: '2' }, { type: 'Location', id: '3' }],
      [{ type: 'Location', id: '4' }],
    ]);
    assert.deepEqual(references.schedule, [[{ type: 'Schedule', id: '5' }]]);
  });

  const rows: [type: SearchType, query: string, code: FailureCode, expression?: string][] = [
    ['Slot', 'end=2027-03-04', 'unknown-parameter', 'end'],
    ['Slot', 'service-typo=x', 'unknown-parameter', 'service-typo'],
    ['Slot', 'start:missing=true', 'unknown-parameter', 'start:missing'],
    ['Slot', 'status:not=free', 'unknown-parameter', 'status:not'],
    ['Slot', 'schedule.actor:Patient=1', 'unknown-parameter'],
    ['Slot', 'constructor=1', 'unknown-parameter'],
    ['Slot', '__proto__=1', 'unknown-parameter'],
    ['Slot', '_include=Slot:patient', 'unknown-parameter', '_include'],
    ['Slot', '_revinclude=Appointment:slot', 'unknown-parameter'],
    ['Slot', '_filter=x', 'unknown-parameter'],
    ['Slot', '_sort=-start', 'unknown-parameter', '_sort'],
    ['Slot', '_count=-1', 'invalid-value', '_count'],
    ['Slot', '_count=ten', 'invalid-value', '_count'],
    ['Slot', '_count=1&_count=2', 'invalid-value', '_count'],
    ['Slot', '_cursor=%27', 'invalid-value', '_cursor'],
    ['Slot', '_summary=true', 'invalid-value', '_summary'],
    ['Slot', '_format=xml', 'not-acceptable'],
    ['Slot', 'status=', 'invalid-value', 'status'],
    ['Slot', 'status=free,', 'invalid-value', 'status'],
    ['Slot', 'service-type=a|b|c', 'invalid-value', 'service-type'],
    ['Slot', 'service-type=|', 'invalid-value', 'service-type'],
    ['Slot', 'schedule=Practitioner/1', 'invalid-value', 'schedule'],
    ['Slot', 'schedule=https://elsewhere.example/fhir/Schedule/1', 'invalid-value', 'schedule'],
    ['Slot', 'schedule=../etc', 'invalid-value', 'schedule'],
    ['Appointment', 'date=2027-03-04', 'missing-element', 'patient'],
    ['Appointment', 'patient.family=Smith', 'demographics-in-url'],
    ['Appointment', 'patient:identifier=urn:mrn|123', 'demographics-in-url'],
    ['Appointment', 'patient.birthdate=1980-01-01', 'demographics-in-url'],
    ['Slot', 'birthdate=1980-01-01', 'demographics-in-url'],
    ['Location', 'phone=555', 'demographics-in-url'],
  ];
  for (const [type, query, code, expression] of rows)
    it(`refuses ${type}?${query}`, () => assert.throws(() => search(type, query), refused(code, expression)));

  it('repeats no name that could hold patient data', () => {
    for (const name of ['Maria Example', 'Smith', '555-0100', 'a'.repeat(60), 'maria@example.org'])
      assert.throws(
        () => search('Slot', new URLSearchParams([[name, 'x']]).toString()),
        (error: unknown) => {
          assert.ok(error instanceof Failure);
          assert.equal(error.expression, undefined);
          assert.ok(!JSON.stringify({ ...error, message: error.message }).includes(name));
          return true;
        },
      );
  });

  it('counts 0 to 100 and says what it applied', () => {
    assert.equal(search('Slot', '_count=0').count, 0);
    assert.equal(search('Slot', '_summary=count').count, 0);
    assert.equal(search('Slot', '').count, undefined);
    const { count, applied, include, cursor } = search(
      'Slot',
      '_count=500&status=free&_include=Slot:schedule&_cursor=abc&_format=json&_sort=start',
    );
    assert.deepEqual([count, include, cursor], [100, ['Slot:schedule'], 'abc']);
    assert.deepEqual(applied, [
      ['_count', '100'],
      ['status', 'free'],
      ['_include', 'Slot:schedule'],
      ['_sort', 'start'],
    ]);
  });

  it('takes application/fhir+json although a form decoder breaks its +', () => {
    search('Slot', '_format=application/fhir+json');
    search('Slot', '_format=application%2Ffhir%2Bjson%3Bcharset=utf-8');
  });

  it('reads a POSTed form as it reads the query string, both together', () => {
    const read = parseSearch(
      'Appointment',
      { url: new URLSearchParams('status=booked'), form: new URLSearchParams('patient=Patient/7') },
      chicago,
    );
    assert.deepEqual(read.references.patient, [[{ type: 'Patient', id: '7' }]]);
    assert.deepEqual(read.tokens.status, [[{ code: 'booked' }]]);
  });

  it('throws nothing but failures, whatever it is sent', () => {
    const names = fc.oneof(
      fc.constantFrom(
        ...Object.values(searchTables).flatMap(({ parameters }) => Object.keys(parameters)),
        '_count',
        '_include',
        '_format',
        '_sort',
        '_cursor',
        'constructor',
      ),
      fc.string({ unit: 'binary', maxLength: 12 }),
    );
    const values = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.stringMatching(
        /^(ge|lt|ne)?[0-9]{4}-[0-9]{2}(-[0-9]{2})?(T[0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})?)?$/,
      ),
      fc.constantFrom('Practitioner/1', 'a|b', '\\', ',', '|', '__proto__'),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...(Object.keys(searchTables) as SearchType[])),
        fc.array(fc.tuple(names, values), { maxLength: 5 }),
        (type, pairs) => {
          try {
            parseSearch(
              type,
              { url: new URLSearchParams(pairs.slice(0, 2)), form: new URLSearchParams(pairs.slice(2)) },
              chicago,
            );
          } catch (error) {
            assert.ok(error instanceof Failure, String(error));
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe('refuseDemographicsInUrl', () => {
  for (const [type, name] of [
    ['Patient', 'family'],
    ['Patient', 'name'],
    ['Patient', 'birthdate'],
    ['Patient', 'identifier'],
    ['Patient', 'address-city'],
    ['Patient', 'phone'],
    ['Patient', 'email'],
    ['Patient', 'given:exact'],
    ['Appointment', 'patient.name'],
    ['Appointment', 'actor:Patient.family'],
    ['Appointment', 'firstName'],
    ['Appointment', 'last_name'],
    ['Appointment', 'date-of-birth'],
    [undefined, 'birthDate'],
    ['Appointment', 'patient-resource'],
  ] as const)
    it(`refuses ${type ?? ''}?${name}`, () =>
      assert.throws(
        () => refuseDemographicsInUrl(type, new URLSearchParams([[name, 'x']])),
        refused('demographics-in-url'),
      ));

  for (const [type, name] of [
    ['Appointment', 'patient'],
    ['Appointment', 'patient-reference'],
    ['Practitioner', 'name'],
    ['Practitioner', 'family'],
    ['Location', 'name'],
    ['Slot', 'identifier'],
    ['Slot', 'start'],
    ['Patient', '_id'],
  ] as const)
    it(`lets ${type}?${name} pass to where it is judged`, () =>
      refuseDemographicsInUrl(type, new URLSearchParams([[name, 'x']])));
});

describe('matchesSearch', () => {
  const rows: [example: string, type: SearchType, query: string, matches: boolean][] = [
    ['Slot-free', 'Slot', 'status=free&start=2027-03-04', true],
    ['Slot-free', 'Slot', 'status=busy,free', true],
    ['Slot-free', 'Slot', 'status=busy&status=free', false],
    ['Slot-free', 'Slot', 'start=2027-03-05', false],
    ['Slot-free', 'Slot', 'start=ge2027-03-04T10:30:00-06:00', true],
    ['Slot-free', 'Slot', 'start=gt2027-03-04T10:30:00-06:00', false],
    ['Slot-free', 'Slot', 'schedule=sched-74&service-type=cleaning', true],
    ['Slot-free', 'Slot', 'service-type=urn:other|cleaning', false],
    ['Slot-free', 'Slot', '_id=another', false],
    ['Schedule-of-a-practitioner', 'Schedule', 'actor=Practitioner/prac-7&actor=room-4&active=true', true],
    ['Schedule-of-a-practitioner', 'Schedule', 'actor=Location/prac-7', false],
    ['Practitioner-example', 'Practitioner', 'name=exam', true],
    ['Practitioner-example', 'Practitioner', 'name=áda', true],
    ['Practitioner-example', 'Practitioner', 'name=ada example', true],
    ['Practitioner-example', 'Practitioner', 'family=ada', false],
    ['Practitioner-example', 'Practitioner', 'active=false', false],
    ['Location-example', 'Location', 'name=room&status=active', true],
    ['HealthcareService-cleaning', 'HealthcareService', 'service-type=cleaning&location=room-4', true],
    ['PractitionerRole-example', 'PractitionerRole', 'practitioner=prac-7&service=cleaning', true],
    [
      'Appointment-booked',
      'Appointment',
      'patient=0195a1b2-0000-7000-8000-000000000003&date=2027-03-04&status=booked',
      true,
    ],
    ['Appointment-booked', 'Appointment', 'patient=prac-7', false],
  ];
  for (const [example, type, query, matches] of rows)
    it(`${example} ${matches ? 'satisfies' : 'does not satisfy'} ${query}`, () =>
      assert.equal(matchesSearch(examples.get(example) ?? assert.fail(), search(type, query)), matches));
});
