import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Failure } from '#adapter-kit/index.ts';
import type { EmrUnderTest } from '#adapter-kit/testing/index.ts';
import { simulatedEmr } from '#test/simulated-emr.ts';
import { fhirR4 } from '../index.ts';

const { probe, openings, verify, book, read } = fhirR4.operations;

describe('A server with conditional create', () => {
  let emr: EmrUnderTest | undefined;
  before(async () => {
    emr = await start([]);
  });
  after(() => emr?.stop());

  test('makes one appointment of two sends of one intent that arrive together', async () => {
    assert.ok(emr);
    const ctx = emr.connect();
    const own = { conditionalCreateProven: true };
    const { settings: learned = {} } = await probe({ ...ctx, settings: own });
    assert.equal(learned.booking, 'conditional-create');
    const settings = { ...own, ...learned };
    assert.equal(fhirR4.capabilitiesWith(settings).bookingClass, 'F');
    const connected = { ...ctx, settings };
    const [opening] = await openings(connected, { ...emr.window, minutes: 30 });
    assert.ok(opening);
    const send = (marker: string) => book(connected, { patient: 'resident', opening, marker });
    const [one, two] = await Promise.all([send('GW:7K3QX5M2TA.1'), send('GW:7K3QX5M2TA.2')]);
    assert.equal(one.id, two.id);
    assert.equal((await emr.ledger()).length, 1);
  });
});

/** What the conformance run shows of Argonaut's names, in short for the two others, with what the probe learned. */
for (const names of ['ihe', 'medplum'] as const)
  describe(`A server with $find and $book by the names of ${names}`, () => {
    let emr: EmrUnderTest | undefined;
    before(async () => {
      emr = await start([`--operations=${names}`]);
    });
    after(() => emr?.stop());

    test('is found, booked once, and read back equal', async () => {
      assert.ok(emr);
      const ctx = emr.connect();
      const { settings = {} } = await probe(ctx);
      assert.deepEqual([settings.booking, settings.operationNames], ['operations', names]);
      // Medplum's schedules have one actor, so the place is the practice's only one.
      const connected = {
        ...ctx,
        settings: { ...settings, ...(names === 'medplum' && { locations: 'garden' }) },
      };
      const [first] = await openings(connected, {
        // As long a window as the gateway ever asks for.
        from: emr.window.from,
        to: new Date(Date.parse(emr.window.from) + 31 * 24 * 60 * 60_000).toISOString(),
        minutes: 30,
        visitTypeRef:
          names === 'medplum' ? 'HealthcareService/visit' : 'http://example.org/visit-types|visit',
      });
      assert.ok(first);
      assert.equal(await verify(connected, first), 'free');
      const request = { patient: 'resident', opening: first, marker: 'GW:7K3QX5M2TA.1' };
      const { id } = await book(connected, request);
      const found = await read(connected, id);
      assert.deepEqual([found?.resource.status, found?.markers], ['booked', [request.marker]]);
      assert.equal(found?.resource.start, first.start);
      assert.deepEqual(found?.claims, first.claims);
      assert.equal(await verify(connected, first), 'gone');
      const again = book(connected, { ...request, marker: 'GW:7K3QX5M2TB.1' });
      await assert.rejects(again, (error) => error instanceof Failure && error.code === 'slot-taken');
      assert.equal((await emr.ledger()).length, 1);
    });
  });

function start(flags: readonly string[]): Promise<EmrUnderTest> {
  const harness = simulatedEmr({
    adapter: fhirR4,
    main: resolve(import.meta.dirname, 'server/main.ts'),
    arguments: flags,
    credentials: { authorization: 'Bearer conformance' },
    minutes: 30,
  });
  return harness.start();
}
