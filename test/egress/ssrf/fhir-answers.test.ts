import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Client } from 'fhir-kit-client';
import { type AdapterContext, createFhirClient, Failure, WireFailure } from '#adapter-kit/index.ts';
import { createMemo } from '#adapter-kit/testing/index.ts';
import { fhirR4 } from '../../../adapters/fhir-r4/index.ts';
import { callerAt } from './clients.ts';
import { fhirHost } from './fhir-host.ts';
import { createLure, naiveDispatcher } from './naive-clients.ts';
import { openNetwork } from './network.ts';
import { aimed, forms, openRange } from './range.ts';
import { tricks } from './spellings.ts';

/** A FHIR server that we are connected to names addresses in what it answers. */
const range = await openRange();
const { network, wall } = range;
const naive = await openNetwork();
const lures = createLure(naive);
/** By itself, it goes wherever a bundle or a reference says. */
const naiveFhir = new Client({
  baseUrl: 'https://emr.example.com',
  requestOptions: { dispatcher: naiveDispatcher(naive) },
});
const kitWent = { pages: 0, references: 0 };

const base = 'https://emr.example.com';
const site = wall.site({ base, kind: 'vendor', routes: fhirR4.routes, credentialHeaders: ['authorization'] });
const http = callerAt(wall, site);
const fhir = createFhirClient(http, fhirR4.routes);

let elsewhere = base;
/** What a search gives in the place of what the host would. */
let page: object | undefined;
let asked = 0;
const host = fhirHost(() => elsewhere);
for (const { hosts } of [network, naive])
  hosts.set('emr.example.com', (req, res) => {
    asked += 1;
    if (page === undefined) return host(req, res);
    res.end(JSON.stringify(page));
  });

for (const [trick, spellings] of tricks)
  describe(trick, () => {
    const [first = assert.fail()] = spellings;

    test('in links, references and places leads fhir-kit-client inside, or one written by hand (negative control).', async () => {
      for (const spelling of spellings) {
        const there = aimed(spelling, naive, 'http');
        const links = bundle(`${base}/Appointment`, `${there}/Appointment`);
        if (await reaches(async () => naiveFhir.nextPage({ bundle: links }))) kitWent.pages += 1;
        else assert.ok(await lures(`${there}/Appointment`), there);
      }
      // It makes a client of its own for another server, and leaves the dispatcher behind: only real loopback is led to.
      const reference = `${aimed(first, naive, 'http')}/Schedule/1`;
      if (first.leadsTo === '127.0.0.1' && (await reaches(async () => naiveFhir.resolve({ reference }))))
        kitWent.references += 1;
    });

    test('as the link to the next page is refused.', async () => {
      for (const [turn, spelling] of spellings.entries()) {
        const there = aimed(spelling, network, forms[turn % 3] ?? 'https');
        const before = asked;
        page = bundle(`${base}/Appointment?patient=Patient/1`, `${there}/Appointment?patient=Patient/1`);
        await assert.rejects(followed(), isRefusedLink, there);
        assert.equal(asked, before + 1);
      }
      await range.held();
    });

    test('as the place of all pages leads to the connection’s own server, or nowhere.', async () => {
      for (const [turn, spelling] of spellings.slice(0, 6).entries()) {
        const there = aimed(spelling, network, forms[turn % 3] ?? 'https');
        for (const next of [`${there}/Appointment?${query}`, `${there}//127.0.0.1/Appointment?${query}`]) {
          page = bundle(`${there}/Appointment?${query}`, next);
          const before = asked;
          const more = await followed().then(
            () => 1,
            (error) => {
              assert.ok(error instanceof WireFailure && error.kind === 'refused', String(error));
              return 0;
            },
          );
          assert.equal(asked, before + 1 + more);
        }
      }
      await range.held();
    });

    test('in references and every other address of an answer is not asked by any operation.', async () => {
      page = undefined;
      elsewhere = aimed(first, network, 'https');
      const ctx = context();
      const { operations } = fhirR4;
      const window = { from: '2031-03-04T00:00:00Z', to: '2031-03-05T00:00:00Z', minutes: 30 };
      const before = asked;
      await operations.probe(ctx);
      await told(operations.directory(ctx));
      await told(operations.openings(ctx, window));
      await told(operations.verify(ctx, opening));
      await told(operations.read(ctx, 'appt-1'));
      await told(operations.appointmentsOf(ctx, 'pat-1', window));
      await told(operations.matchPatients(ctx, { family: 'Okafor', given: 'Zoë', birthDate: '1984-02-29' }));
      assert.ok(asked >= before + 7);
      await range.held();
    });

    test('as the place of what was created is not asked.', async () => {
      page = undefined;
      elsewhere = aimed(first, network, 'https');
      const before = asked;
      // The id is taken from it, and nothing else is.
      assert.deepEqual(await fhirR4.operations.book(context(), booking), { id: 'new-1' });
      assert.equal(asked, before + 1);
      await range.held();
    });
  });

test('fhir-kit-client itself was led by most of them (negative control).', () => {
  assert.ok(kitWent.pages > 550 && kitWent.references > 15, JSON.stringify(kitWent));
});

const opening = {
  vendorKey: 'slot:slot-1',
  start: '2031-03-04T16:00:00Z',
  end: '2031-03-04T16:30:00Z',
  minutes: 30,
  practitioner: 'p-1',
  location: 'l-1',
  claims: ['practitioner:p-1', 'slot:slot-1'],
};
const booking = { patient: 'pat-1', opening, marker: 'GW:7K3QX5M2TA.1' };

function context(): AdapterContext {
  const now = () => Date.parse('2031-03-01T12:00:00Z');
  const settings = { booking: 'slot-reference', patch: true, patientCreate: true };
  return { http, base, timeZone: 'America/Chicago', settings, now, memo: createMemo(now) };
}

async function reaches(work: () => Promise<unknown>): Promise<boolean> {
  const before = await naive.reached();
  await work().catch(() => {});
  return (await naive.reached()) > before;
}

async function followed(): Promise<unknown> {
  const { body } = await fhir.search('Appointment', {
    patient: 'Patient/1',
    date: ['ge2031-03-04T00:00:00Z', 'lt2031-03-05T00:00:00Z'],
  });
  return fhir.nextPage(body);
}

const query = 'patient=Patient%2F1&date=ge2031-03-04T00%3A00%3A00Z&date=lt2031-03-05T00%3A00%3A00Z';

function bundle(self: string, next: string) {
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    link: [
      { relation: 'self', url: self },
      { relation: 'next', url: next },
    ],
  };
}

function isRefusedLink(error: unknown): boolean {
  return error instanceof WireFailure && error.kind === 'refused' && error.reason === 'next-page';
}

/** An answer, or a failure that says what was wrong with it. */
async function told(work: Promise<unknown>): Promise<void> {
  await work.catch((error) =>
    assert.ok(error instanceof WireFailure || error instanceof Failure, String(error)),
  );
}
