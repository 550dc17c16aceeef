import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changeConnectionSettings } from '#scheduling/connections.ts';
import { makeConnectLink } from '#scheduling/consent/links.ts';
import type { Connection } from '#store/connections.ts';
import { currentConsent } from '#store/consents.ts';
import { startTestGateway } from '#test/gateway.ts';
import { appointmentIn, book, described, offer } from '#test/story.ts';
import { addVendorPractice, type VendorPractice } from '#test/vendor-practice.ts';
import { openBrowser } from '../http/connect/browser.ts';

/** Who is new to a practice is created where the practice wants it, has consented to it and its EMR has allowed it. */
const gateway = await startTestGateway({ protocol: { paceGapMs: 0, precheckGiveUpMs: 1_000 } });
const { consent, scheduling, database, tokens } = gateway.gateway;

const someone = { family: 'Quillfeather', given: 'Nora', birthDate: '1991-03-05' } as const;
const toCreate = { v2: 'user/Patient.c', v1: 'user/Patient.write' } as const;

const linkWith = ({ caller, registration }: VendorPractice, createPatients: boolean) =>
  makeConnectLink(consent, caller, 'Test', {
    emr: registration.context,
    kind: 'simulator',
    settings: { createPatients },
  });

/** A practice that wants it, or does not, and has done all that its page asks of it. */
async function connected(wants: boolean, scopeDialect: 'v1' | 'v2' = 'v2', fault?: string) {
  const practice = await addVendorPractice(gateway, 'fhir-r4', { scopeDialect });
  if (fault !== undefined)
    await practice.simulator.fault({ name: 'scopes-narrower', text: fault, grant: 'authorization_code' });
  const { html } = await practice.follow(await linkWith(practice, wants));
  assert.match(html, /is connected<\/h1>/);
  return { practice, connection: await practice.connection() };
}

function isPromised(connection: Connection): boolean {
  return scheduling.emr.capabilitiesOf(connection).createPatient;
}

/** What the practice was asked by its consent that counts. */
async function askedOf({ id }: VendorPractice, { connectionId }: Connection): Promise<readonly string[]> {
  const given = await database.withPractice(id, (tx) => currentConsent(tx, connectionId));
  return given?.asked ?? [];
}

const create = ({ agent }: VendorPractice) => agent.fhir('POST', '/Patient', { body: described(someone) });

/** Nobody is created, and the EMR hears nothing of it. */
async function assertNotCreated(practice: VendorPractice): Promise<void> {
  const sent = (await practice.simulator.requests()).length;
  const { status, code } = await create(practice);
  assert.deepEqual([status, code], [422, 'capability-missing']);
  assert.equal((await practice.simulator.requests()).length, sent);
}

/** A refresh now, whatever is left of the token's life. */
async function renew({ id }: VendorPractice, { connectionId }: Connection): Promise<void> {
  const { version } = await tokens.access(id, connectionId);
  await tokens.rejected(id, connectionId, version);
}

for (const dialect of ['v2', 'v1'] as const)
  test(`a caller who is new is created and booked where the practice has consented to that (${dialect})`, async () => {
    const { practice, connection } = await connected(true, dialect);
    assert.ok((await askedOf(practice, connection)).includes(toCreate[dialect]));
    assert.ok(connection.canWrite && isPromised(connection));
    const made = await create(practice);
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const { patients } = await practice.simulator.ledger();
    assert.equal(patients.filter(({ by }) => by === 'api').length, 1);
    const time = await offer(practice.agent);
    assert.equal(appointmentIn(await book(practice.agent, time.id, made.body.id)).status, 'booked');
  });

test('without the setting the scope is not asked for, and nobody is created', async () => {
  const { practice, connection } = await connected(false);
  const asked = await askedOf(practice, connection);
  assert.deepEqual(
    asked.filter((scope) => scope.includes('Patient')),
    ['user/Patient.rs'],
  );
  assert.ok(connection.canWrite && !isPromised(connection));
  await assertNotCreated(practice);
});

for (const [wants, heading, grants] of [
  [false, 'Not connected', 0],
  // With the setting the same grant is taken.
  [true, 'is connected', 1],
] as const)
  test(`a grant that lets us create patients is ${wants ? 'taken' : 'given back'} where the practice wants that: ${wants}`, async () => {
    const practice = await addVendorPractice(gateway, 'fhir-r4');
    await practice.simulator.fault({ name: 'scopes-wider', text: 'user/Patient.c' });
    const { html } = await practice.follow(await linkWith(practice, wants));
    assert.match(html, new RegExp(`<h1>[^<]*${heading}</h1>`));
    assert.equal((await practice.oauth.read()).activeGrants, grants);
  });

test('a grant that lacks the scope is taken for everything else, and the connection promises no more', async () => {
  const { practice, connection } = await connected(true, 'v2', 'user/Patient.c');
  assert.ok((await askedOf(practice, connection)).includes('user/Patient.c'));
  assert.deepEqual([connection.state, connection.canWrite], ['connected', true]);
  assert.equal(connection.settings.createPatients, true);
  assert.ok(!isPromised(connection));
  await assertNotCreated(practice);
  const { body } = await practice.agent.fhir('GET', '/metadata');
  const patient = body.rest[0].resource.find(({ type }: { type: string }) => type === 'Patient');
  assert.ok(!(patient?.interaction ?? []).some(({ code }: { code: string }) => code === 'create'));
});

test('a renewal that lacks the scope takes the ability, and the next one with it brings it back', async () => {
  const { practice, connection } = await connected(true);
  const fault = { name: 'scopes-narrower', text: 'user/Patient.c', grant: 'refresh_token' };
  await practice.simulator.fault(fault);
  await renew(practice, connection);
  const narrow = await practice.connection();
  assert.deepEqual([narrow.state, narrow.canWrite, isPromised(narrow)], ['connected', true, false]);
  await assertNotCreated(practice);
  gateway.advance(61_000);
  await renew(practice, connection);
  assert.ok(isPromised(await practice.connection()));
});

test('a renewal that brings the scope, which nobody consented to, ends the grant', async () => {
  const { practice, connection } = await connected(false);
  await practice.simulator.fault({ name: 'scopes-wider', text: 'user/Patient.c', grant: 'refresh_token' });
  await assert.rejects(renew(practice, connection), { reason: 'needs-reconsent' });
  assert.equal((await practice.connection()).state, 'needs_reconsent');
  assert.equal((await practice.oauth.read()).activeGrants, 0);
});

test('a setting that is turned on later does nothing before the practice has consented again', async () => {
  const { practice, connection } = await connected(false);
  const { connectionId } = connection;
  await changeConnectionSettings(scheduling, practice.caller, connectionId, { createPatients: true });
  await renew(practice, connection);
  assert.ok(!isPromised(await practice.connection()));
  await assertNotCreated(practice);
  const after = await practice.connect(connectionId);
  assert.ok((await askedOf(practice, after)).includes('user/Patient.c'));
  assert.ok(isPromised(after));
  assert.equal((await create(practice)).status, 201);
});

test('a setting that is turned off takes the ability at once, and the scope with the next consent', async () => {
  const { practice, connection } = await connected(true);
  const { connectionId } = connection;
  await changeConnectionSettings(scheduling, practice.caller, connectionId, { createPatients: false });
  await assertNotCreated(practice);
  // Callers are served on: what was consented to may come back with a renewal.
  await renew(practice, connection);
  const { state, granted = [] } = await practice.connection();
  assert.deepEqual([state, granted.includes('user/Patient.c')], ['connected', true]);
  await assertNotCreated(practice);
  const after = await practice.connect(connectionId);
  assert.ok(!(await askedOf(practice, after)).includes('user/Patient.c'));
  assert.ok(!after.granted?.includes('user/Patient.c'));
});

for (const [what, known, typed, isAsked] of [
  ['ticks the box', false, { createPatients: 'yes' }, true],
  ['unticks the box', true, { createPatients: '' }, false],
] as const)
  test(`a practice that ${what} has the last word, whatever the link knew`, async () => {
    const practice = await addVendorPractice(gateway, 'fhir-r4');
    const { url, code } = await linkWith(practice, known);
    const browser = openBrowser();
    const setup = await browser.press(await browser.open(url), 'Continue', { code });
    assert.equal(/<li>add a patient who is new<\/li>/.test(setup.text), known);
    const away = await browser.press(setup, 'Continue to FHIR R4', typed);
    const sent = away.way.find(({ searchParams }) => searchParams.has('scope'))?.searchParams.get('scope');
    assert.equal(sent?.split(' ').includes('user/Patient.c'), isAsked);
  });
