import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { FailureCode } from '#domain/failure.ts';
import { interactions } from '#fhir/interaction.ts';
import { createCanaries, createScan } from '#test/canary.ts';
import { startTestGateway } from '#test/gateway.ts';
import { addPractice } from '#test/practice.ts';
import { seeded } from '#test/random.ts';
import { everythingThatWorks, type Stage } from './canary-drive.ts';
import { plantedLeaks } from './canary-leaks.ts';
import { canaryOffice } from './canary-office.ts';
import { crashedGateway, unstartedGateway } from './canary-process.ts';
import { asker } from './canary-requests.ts';
import { type Leak, leaksIn, openSinks } from './canary-sinks.ts';
import {
  databaseInTrouble,
  emrInTrouble,
  emrThatHangs,
  handedToPeople,
  tokensRefused,
} from './canary-trouble.ts';
import { everythingThatIsWrong } from './canary-wrong.ts';

const seed = Number(process.env.CANARY_SEED ?? Date.now() % 1_000_000_007);
const canaries = createCanaries(seeded(seed));

const generous = { points: 100_000, seconds: 60 };
const gateway = await startTestGateway({
  budgets: {
    'token-address': generous,
    'match-agent': generous,
    'match-patient': generous,
    'write-agent': generous,
  },
});
const folder = await mkdtemp(join(tmpdir(), 'postern-canaries-'));
const office = canaryOffice(canaries);
const { practice, stop } = await addPractice({
  gateway: gateway.gateway,
  url: gateway.url,
  office: 'cedar',
  stateDir: folder,
  now: gateway.now,
  start: office.start,
});
after(async () => {
  await stop();
  await rm(folder, { recursive: true, force: true });
});
const sinks = await openSinks(gateway);
const stage: Stage = {
  gateway,
  practice,
  patients: office.patients,
  canaries,
  ask: asker(gateway, practice, sinks),
};

/** Every canary that is where it should not be. */
async function leaks(): Promise<readonly Leak[]> {
  return leaksIn(await sinks.read(), createScan(canaries.all));
}

test('no canary of a patient, a vendor or a caller is in an answer, log, metric, table, job or file', async () => {
  await everythingThatWorks(stage);
  const hung = await emrThatHangs(stage);
  await everythingThatIsWrong(stage);
  await tokensRefused(stage);
  await emrInTrouble(stage);
  await databaseInTrouble(stage);
  await handedToPeople(stage);
  assert.ok((await hung.answer).status >= 500);
  assert.deepEqual(await leaks(), [], `CANARY_SEED=${seed}`);
});

test('the canaries went everywhere: every route, the errors that tell of input, and all that the EMR says', () => {
  const events = gateway.events;
  const worked = new Set(
    events.flatMap((one) => (one.event === 'http.answered' && one.status < 300 ? [one.route] : [])),
  );
  const routes = interactions.map(({ method, path }) => `${method} ${path}`);
  const all = [
    ...routes,
    'GET /operations/:id',
    'DELETE /operations/:id',
    'GET /.well-known/smart-configuration',
  ];
  assert.deepEqual(
    all.filter((route) => !worked.has(route)),
    [],
  );
  const refused = new Set(events.flatMap((one) => (one.event === 'http.answered' ? [one.code] : [])));
  assert.deepEqual(
    expectedRefusals.filter((code) => !refused.has(code)),
    [],
  );
  const exchanges = new Set(events.flatMap((one) => (one.event === 'emr.exchange' ? [one.status] : [])));
  for (const status of ['answered:400', 'answered:429', 'answered:500', 'unknown:timeout'])
    assert.ok(exchanges.has(status), status);
  const broken = events.flatMap((one) => (one.event === 'request.failed' ? [one.error] : []));
  for (const code of ['23514', '42P01'])
    assert.ok(
      broken.some((error) => error.includes(code)),
      code,
    );
  const places = new Set(canaries.all.map(({ where }) => where));
  for (const place of ['PatNum', 'AptNum', 'Note', 'ProcDescript', 'SSN', 'SchedNote', 'InsPlan1'])
    assert.ok(places.has(`${place} of an EMR answer`), place);
  assert.ok(canaries.all.length > 1_000);
});

const expectedRefusals: readonly FailureCode[] = [
  'audit-unavailable',
  'body-too-large',
  'demographics-in-url',
  'emr-away',
  'forbidden-transition',
  'internal',
  'invalid-date',
  'invalid-token',
  'invalid-value',
  'malformed-json',
  'malformed-resource',
  'method-not-allowed',
  'missing-element',
  'not-found',
  'patient-incomplete',
  'unknown-parameter',
  'unknown-patient',
  'unsupported-media-type',
];

test('a gateway that crashes or cannot start prints no canary', async () => {
  const [rejected, thrown, unstarted] = await Promise.all([
    crashedGateway(stage, 'rejection'),
    crashedGateway(stage, 'exception'),
    unstartedGateway(stage),
  ]);
  for (const { printed, code } of [rejected, thrown]) {
    assert.equal(code, 1, printed);
    for (const event of ['http.answered', 'emr.exchange', 'gateway.crash'])
      assert.match(printed, new RegExp(event));
  }
  assert.equal(unstarted.code, 1);
  assert.notEqual(unstarted.printed, '');
  const scan = createScan(canaries.all);
  for (const { printed } of [rejected, thrown, unstarted]) assert.deepEqual(scan(printed), [], printed);
});

test('ten planted leaks and more are each found by the same scan', async () => {
  const planted: { readonly name: string; readonly sink: string; readonly value: string }[] = [];
  for (const { name, sink, plant } of plantedLeaks) planted.push({ name, sink, value: await plant(stage) });
  const found = await leaks();
  for (const { name, sink, value } of planted)
    assert.ok(
      found.some((leak) => leak.sink === sink && leak.canary.value === value),
      `${name}: ${value} in ${sink}`,
    );
  const others = found.filter(({ canary }) => !planted.some(({ value }) => value === canary.value));
  assert.deepEqual(others, [], 'nothing is found that was not planted');
});
