import assert from 'node:assert/strict';
import { Failure } from '#domain/failure.ts';
import type { Adapter, AdapterContext, Opening } from '../../adapter.ts';
import { type Case, marker, openingsOf, person } from '../trial.ts';

export const contractCases: readonly Case[] = [
  {
    name: 'the probe is answered',
    live: true,
    run: async ({ adapter, ctx }) => {
      const { version } = await adapter.operations.probe(ctx);
      if (version !== undefined) assert.match(version, /^[\w.+-]{1,40}$/);
    },
  },
  {
    name: 'the probe tells what it learned of the server, whatever the practice has set',
    run: async ({ adapter, ctx }) => {
      const { settings: learned = {} } = await adapter.operations.probe(ctx);
      const { settings: unset = {} } = await adapter.operations.probe({ ...ctx, settings: {} });
      assert.deepEqual(learned, unset);
      assert.ok(adapter.settings.safeParse({ ...ctx.settings, ...learned }).success);
    },
  },
  {
    name: 'the directory has well-formed resources, each id once',
    live: true,
    run: async ({ adapter, ctx }) => {
      const { practitioners, locations, services } = await adapter.operations.directory(ctx);
      assert.ok(practitioners.length > 0 && locations.length > 0);
      for (const resources of [practitioners, locations]) {
        for (const { id } of resources) assert.match(id, /^[A-Za-z0-9.-]{1,64}$/);
        assert.equal(new Set(resources.map(({ id }) => id)).size, resources.length);
      }
      for (const { ref, display, minutes } of services) {
        assert.ok(ref !== '' && display !== '' && Number.isInteger(minutes) && minutes > 0);
      }
    },
  },
  {
    name: 'every practitioner and location of an opening is an active one of the directory',
    live: true,
    needs: ({ find }) => find,
    run: async (trial) => {
      const { practitioners, locations } = await trial.adapter.operations.directory(trial.ctx);
      const people = new Set(practitioners.filter(({ active }) => active !== false).map(({ id }) => id));
      const places = new Set(locations.filter(({ status }) => status !== 'inactive').map(({ id }) => id));
      for (const { practitioner, location } of await openingsOf(trial)) {
        assert.ok(
          people.has(practitioner) && places.has(location),
          `${practitioner} at ${location} is not offered.`,
        );
      }
    },
  },
  {
    name: 'what is not declared is refused and nothing is sent',
    run: async ({ adapter, ctx, emr, calls }) => {
      for (const [operation, ask] of undeclared(adapter, ctx, emr.window.from)) {
        const refused = (error: unknown) => error instanceof Failure && error.code === 'capability-missing';
        await assert.rejects(ask(), refused, `${operation} is not declared and was not refused.`);
      }
      assert.deepEqual(calls, []);
    },
  },
];

function undeclared({ capabilities, operations }: Adapter, ctx: AdapterContext, from: string) {
  const opening: Opening = {
    vendorKey: 'none',
    start: from,
    end: from,
    minutes: 30,
    practitioner: '1',
    location: '1',
    claims: ['none'],
  };
  const request = { patient: '1', opening, marker: marker() };
  const query = { from, to: from, minutes: 30 };
  const offers: readonly [operation: string, declared: boolean, ask: () => Promise<unknown>][] = [
    ['openings', capabilities.find, () => operations.openings(ctx, query)],
    ['verify', capabilities.find, () => operations.verify(ctx, opening)],
    ['hold', capabilities.hold === 'native', () => operations.hold(ctx, opening)],
    ['release', capabilities.hold === 'native', () => operations.release(ctx, opening)],
    ['book', capabilities.book, () => operations.book(ctx, request)],
    ['move', capabilities.reschedule !== 'unsupported', () => operations.move(ctx, '1', request)],
    ['cancel', capabilities.cancel, () => operations.cancel(ctx, '1')],
    ['matchPatients', capabilities.matchPatient, () => operations.matchPatients(ctx, person())],
    ['createPatient', capabilities.createPatient, () => operations.createPatient(ctx, person())],
    ['changes', capabilities.changes !== undefined, () => operations.changes(ctx, from)],
  ];
  return offers.filter(([, declared]) => !declared).map(([operation, , ask]) => [operation, ask] as const);
}
