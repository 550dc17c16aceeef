import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseInstant } from '#adapter-kit/index.ts';
import { structureDefinitions } from '#test/fhir-definitions.ts';
import { toAppointment } from '../map/appointment.ts';
import { openingsAmong } from '../map/slot.ts';
import { claimed, claimsOf, parseVendorKey, vendorKeyOf } from '../map/vendor-key.ts';
import { bundleOf, operationResult, outcomesOf, tolerant } from '../wire/bundle.ts';
import * as wire from '../wire/resources.ts';
import { canary, kinds } from './kinds.ts';
import * as rows from './rows.ts';

const timeZone = 'America/Chicago';

/** JSON as a server may send it anywhere. */
const json = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom('', '0', 'Practitioner/7', 'Slot/1', '2031-03-04T10:00:00-28:00', 'W/"1"', '__proto__'),
);

/** The same row with something else in some of its places. */
function mutated(value: unknown): fc.Arbitrary<unknown> {
  if (Array.isArray(value))
    return fc.oneof(
      { weight: 6, arbitrary: fc.tuple(...value.map(mutated)) },
      { weight: 1, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: json },
    );
  if (typeof value !== 'object' || value === null)
    return fc.oneof({ weight: 8, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: json });
  const members = Object.entries(value).map(([key, each]) => [key, mutated(each)] as const);
  return fc.oneof(
    { weight: 12, arbitrary: fc.record(Object.fromEntries(members), { requiredKeys: [] }) },
    { weight: 1, arbitrary: json },
  );
}

describe('Whatever a server sends', () => {
  for (const { type, row, schema, map } of kinds)
    test(`as ${type} is refused by its schema or mapped without an error`, () => {
      fc.assert(
        fc.property(mutated(row), (value) => {
          const parsed = schema.safeParse(value);
          if (parsed.success) map(parsed.data as never); // each map takes what its own schema makes
        }),
        { numRuns: 1_000 },
      );
    });

  test('as an appointment has instants with offset or none', () => {
    fc.assert(
      fc.property(mutated(rows.appointment()), (value) => {
        const parsed = wire.appointment.safeParse(value);
        if (!parsed.success) return;
        const { resource, version, claims } = toAppointment(parsed.data, timeZone);
        for (const text of [resource.start, resource.end, resource.created])
          if (text !== undefined) assert.notEqual(parseInstant(text), undefined);
        assert.equal(resource.start === undefined, resource.end === undefined);
        assert.match(version, /^[A-Za-z0-9.-]{1,64}$/);
        assert.deepEqual(claims, [...new Set(claims)].sort());
      }),
      { numRuns: 2_000 },
    );
  });

  test('as a bundle is a list of resources of the kinds that were asked for, or refused', () => {
    const shapes = { Appointment: wire.appointment, Slot: tolerant(wire.slot) };
    const bundle = {
      resourceType: 'Bundle',
      link: [{ relation: 'self', url: 'https://emr.example.org/Slot' }],
      entry: [{ resource: rows.slot() }, { resource: rows.appointment() }, { resource: rows.patient() }],
    };
    const wrapped = { resourceType: 'Parameters', parameter: [{ name: 'return', resource: bundle }] };
    fc.assert(
      fc.property(fc.oneof(mutated(bundle), mutated(wrapped)), (value) => {
        for (const schema of [bundleOf(shapes), operationResult(shapes)]) {
          const parsed = schema.safeParse(value);
          if (!parsed.success) continue;
          outcomesOf(parsed.data);
          for (const { resource } of parsed.data.entry)
            assert.ok(
              resource === undefined ||
                ['Appointment', 'Slot', 'OperationOutcome'].includes(resource.resourceType),
            );
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('What scheduling does not need ends at the schema', () => {
  for (const { type, row, schema, named, map } of kinds)
    test(`of ${type}`, () => {
      const elements = elementsOf(type);
      assert.ok(elements.length > 3);
      const filled = Object.fromEntries(
        elements.filter((element) => !Object.hasOwn(row, element)).map((element) => [element, poison]),
      );
      // Elements that are read have another type than the poison has, and would fail their schema.
      const readable = Object.entries(filled).filter(
        ([element]) => schema.safeParse({ ...row, [element]: poison }).success,
      );
      const given = { ...poisonedInside(row, named), ...Object.fromEntries(readable) };
      const parsed = schema.parse(given);
      const told = JSON.stringify([parsed, map(parsed as never)]); // as above
      assert.ok(!told.includes(canary), told);
      assert.ok(readable.length >= elements.length / 3, 'Hardly anything was poisoned.');
    });

  test('and a schema that lets more through would be noticed', () => {
    const careless = wire.appointment.extend({
      description: wire.appointment.shape.id.or(wire.slot.shape.start),
    });
    const parsed = careless.parse({ ...rows.appointment(), description: canary });
    assert.ok(JSON.stringify(parsed).includes(canary));
  });
});

describe('A vendor key and claims', () => {
  const id = fc.stringMatching(/^[A-Za-z0-9._~-]{1,66}$/);
  test('are read back as they were written, or there is none: never is a part of it dropped', () => {
    const longId = fc.stringMatching(/^[A-Za-z0-9._~-]{1,128}$/);
    const tenant = 'https://fhir.cerner.com/ec2458f2-1e24-41c8-b71b-0e701af7583d/codeSet/14249|4047611';
    const type = fc.option(fc.oneof(fc.constantFrom('1', 'urn:a|1', tenant, '', 'a b'), fc.string()), {
      nil: undefined,
    });
    const place = fc.oneof(
      fc.record({ slot: longId }),
      fc.record({ practitioner: longId, location: longId }),
    );
    fc.assert(
      fc.property(place, type, (at, type) => {
        const key = { ...at, ...(type !== undefined && { type }) };
        const text = vendorKeyOf(key);
        if (text === undefined) return;
        assert.ok(text.length <= 200);
        assert.deepEqual(parseVendorKey(text), key);
      }),
      { numRuns: 1_000 },
    );
    fc.assert(
      fc.property(id, fc.constantFrom('1', 'urn:a|1', tenant), (slot, type) => {
        assert.notEqual(vendorKeyOf({ slot, type }), undefined);
      }),
    );
    fc.assert(
      fc.property(fc.uniqueArray(id), fc.uniqueArray(id), (slots, people) => {
        const claims = claimsOf(slots, people);
        assert.deepEqual([...claimed(claims, 'slot')].sort(), [...slots].sort());
        assert.deepEqual([...claimed(claims, 'practitioner')].sort(), [...people].sort());
      }),
    );
  });

  test('never come of a text of another make', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const key = parseVendorKey(text);
        if (key !== undefined) assert.equal(vendorKeyOf(key), text);
      }),
    );
  });
});

test('No two openings of one slot, and each exactly as long as asked for', () => {
  const at = fc
    .integer({ min: 0, max: 16 })
    .map((quarter) => Date.parse('2031-03-04T14:00:00Z') + quarter * 900_000);
  const slot = fc.record({
    id: fc.stringMatching(/^[a-z]{3}$/),
    schedule: fc.constantFrom('sch-1', 'sch-2'),
    from: at,
    length: fc.constantFrom(15, 30, 60),
    practitioners: fc.constantFrom(['p-1'], ['p-1', 'p-2']),
    location: fc.constantFrom('l-1', 'l-2'),
  });
  fc.assert(
    fc.property(
      fc.uniqueArray(slot, { selector: ({ id }) => id, maxLength: 20 }),
      fc.boolean(),
      (drawn, join) => {
        const slots = drawn.map(({ length, ...each }) => ({ ...each, to: each.from + length * 60_000 }));
        const wanted = {
          from: 0,
          to: Number.MAX_SAFE_INTEGER,
          now: 0,
          minutes: 30,
          join,
          type: undefined,
          timeZone,
        };
        const found = openingsAmong(slots, wanted);
        assert.equal(new Set(found.map(({ vendorKey }) => vendorKey)).size, found.length);
        for (const { start, end, claims } of found) {
          const [from, to] = [Date.parse(start), Date.parse(end)];
          const mine = slots
            .filter(({ id }) => claimed(claims, 'slot').includes(id))
            .sort((a, b) => a.from - b.from);
          assert.deepEqual([mine[0]?.from, mine.at(-1)?.to, to - from], [from, to, 30 * 60_000]);
          assert.ok(mine.every((each, index) => index === 0 || mine[index - 1]?.to === each.from));
          assert.ok(join || mine.length === 1);
        }
      },
    ),
  );
});

/** A value that fits hardly any element, with the canary under every usual name. */
const poison: unknown = [
  {
    text: canary,
    display: canary,
    div: canary,
    value: canary,
    reference: `Observation/${canary}`,
    valueString: canary,
    coding: [{ system: 'urn:canary', code: 'c', display: canary }],
  },
];

function elementsOf(type: string): readonly string[] {
  const elements = structureDefinitions().get(type)?.snapshot?.element ?? [];
  return elements.flatMap(({ path }) => {
    const [, name, deeper] = path.split('.');
    return name === undefined || deeper !== undefined ? [] : [name.replace('[x]', 'String')];
  });
}

/** Unknown members with the canary in every object of the row, except below what may be named. */
function poisonedInside(value: unknown, named: readonly string[]): object {
  const inside = (each: unknown): unknown => {
    if (Array.isArray(each)) return each.map(inside);
    if (typeof each !== 'object' || each === null) return each;
    const members = Object.entries(each).map(([key, member]) => [
      key,
      named.includes(key) ? member : inside(member),
    ]);
    return {
      ...Object.fromEntries(members),
      display: canary,
      text: canary,
      valueString: canary,
      _note: { text: canary },
    };
  };
  // A row is an object, and so is what comes of it.
  return inside(value) as object;
}
