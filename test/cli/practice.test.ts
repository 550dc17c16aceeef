import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { exportJWK, generateKeyPair } from 'jose';
import { createTestDatabase } from '#test/database.ts';
import { createTestCli } from './support.ts';

const database = await createTestDatabase();
const cli = await createTestCli(database);
const files = await mkdtemp(join(tmpdir(), 'postern-cli-files-'));
after(() => rm(files, { recursive: true, force: true }));
const nobody = '01900000-0000-7000-8000-000000000009';

async function addPractice(name = 'Cedar Dental'): Promise<string> {
  const more = ['--name', name, '--time-zone', 'America/Denver'];
  return (await cli.ask('practice add', { more })).practiceId;
}
async function row(sql: string, ...values: unknown[]) {
  const { rows } = await database.asOwner(sql, values);
  return rows;
}
const uses = (subject: string) =>
  row('select person, command, outcome from operator_action where subject = $1 order by action_id', subject);
const events = (practiceId: string) =>
  row(
    'select actor, action, outcome, reason from audit_event where practice_id = $1 order by seq',
    practiceId,
  );
const by = 'operator:Kim Lee';

test('a practice is added in sandbox, listed and shown, each use with the person', async () => {
  const id = await addPractice();
  const { out } = await cli.type('practice list');
  assert.match(out, /^PRACTICE +NAME +TIME ZONE +MODE +BOOKING +STATE$/m);
  assert.match(out, new RegExp(`^${id} +Cedar Dental +America/Denver +sandbox +live +enabled$`, 'm'));
  const shown = await cli.type(`practice show --practice ${id}`, { as: 'Ana Ortiz' });
  assert.match(shown.out, /^agreement +none$/m);
  assert.deepEqual(await uses(id), [
    { person: 'Kim Lee', command: 'practice add', outcome: 'done' },
    { person: 'Ana Ortiz', command: 'practice show', outcome: 'begun' },
    { person: 'Ana Ortiz', command: 'practice show', outcome: 'done' },
  ]);
  assert.deepEqual(await events(id), [
    { actor: by, action: 'practice.create', outcome: 'success', reason: null },
    { actor: 'operator:Ana Ortiz', action: 'practice.read', outcome: 'success', reason: null },
  ]);
});

test('the record of a use and its audit event name the same request', async () => {
  const id = await addPractice();
  await cli.type(`practice show --practice ${id}`);
  const [begun] = await row(
    "select action_id from operator_action where subject = $1 and command = 'practice show' and outcome = 'begun'",
    id,
  );
  const [event] = await row(
    "select request_id, origin from audit_event where practice_id = $1 and action = 'practice.read'",
    id,
  );
  assert.deepEqual(event, { request_id: begun.action_id, origin: 'cli' });
});

const misfits: Readonly<Record<string, [string[], RegExp]>> = {
  'an unknown zone': [['--name', 'A', '--time-zone', 'America/Dnver'], /timeZone.*Give an IANA zone/],
  'an offset for a zone': [['--name', 'A', '--time-zone', '+02:00'], /timeZone/],
  'an empty name': [['--name', ' ', '--time-zone', 'UTC'], /name/],
  'a name with an escape sequence': [['--name', 'A\u001b[2J', '--time-zone', 'UTC'], /name/],
  'a phone number that is none': [['--name', 'A', '--time-zone', 'UTC', '--phone', 'call'], /phone/],
};
for (const [what, [more, sentence]] of Object.entries(misfits)) {
  test(`a practice with ${what} is not added`, async () => {
    const before = await row('select practice_id from practice');
    const { code, out, err } = await cli.type('practice add', { more });
    assert.equal(code, 1);
    assert.equal(out, '');
    assert.match(err, sentence);
    assert.equal((await row('select practice_id from practice')).length, before.length);
  });
}

test('a practice that nobody has is not found, and no trail begins under its id', async () => {
  for (const words of ['practice show', 'agent list', 'queue list', 'audit show', 'vault rotate-dek']) {
    const { code, err } = await cli.type(`${words} --practice ${nobody}`);
    assert.equal(code, 1, words);
    assert.match(err, /There is no practice of this id/);
  }
  assert.deepEqual(await events(nobody), []);
  assert.deepEqual((await uses(nobody)).at(-1), {
    person: 'Kim Lee',
    command: 'vault rotate-dek',
    outcome: 'not-found',
  });
});

test('live needs a recorded agreement; the refusal is on record', async () => {
  const id = await addPractice();
  const refused = await cli.type(`practice mode live --practice ${id}`);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /business associate agreement/);
  assert.deepEqual((await events(id)).at(-1), {
    actor: by,
    action: 'practice.change',
    outcome: 'refused',
    reason: 'baa-required',
  });
  assert.deepEqual(await row('select mode from practice where practice_id = $1', id), [{ mode: 'sandbox' }]);

  const file = join(files, 'agreement.pdf');
  await writeFile(file, 'signed');
  const sha256 = createHash('sha256').update('signed').digest('hex');
  const signed = ['--version', '2026-01', '--signer', 'Dr. Ruiz', '--signed-at', '2026-03-04T10:30:00-06:00'];
  const practice = await cli.ask(`practice baa --practice ${id} --file ${file}`, { more: signed });
  assert.deepEqual(practice.baa, {
    version: '2026-01',
    sha256,
    signer: 'Dr. Ruiz',
    signedAt: '2026-03-04T10:30:00-06:00',
  });
  assert.equal((await cli.ask(`practice mode live --practice ${id}`)).mode, 'live');
  assert.equal((await cli.ask(`practice mode sandbox --practice ${id}`)).mode, 'sandbox');
});

test('an agreement is recorded whole and not from the future, or not at all', async () => {
  const id = await addPractice();
  const good: Record<string, string> = {
    '--version': '1',
    '--sha256': 'a'.repeat(64),
    '--signer': 'Dr. Ruiz',
    '--signed-at': '2026-03-04T10:30:00Z',
  };
  const record = (changes: Record<string, string>) =>
    cli.type(`practice baa --practice ${id}`, { more: Object.entries({ ...good, ...changes }).flat() });
  for (const [changes, code, sentence] of [
    [{ '--sha256': 'abc' }, 1, /sha256/],
    [{ '--signed-at': '2126-03-04T10:30:00Z' }, 1, /signedAt/],
    [{ '--signed-at': '2026-02-30T10:30:00Z' }, 1, /signedAt/],
    [{ '--signer': ' ' }, 1, /signer/],
    [{ '--file': '/nowhere' }, 2, /either --sha256 or --file/],
  ] as const) {
    const said = await record(changes);
    assert.equal(said.code, code, said.err);
    assert.match(said.err, sentence);
  }
  assert.deepEqual(await row('select baa from practice where practice_id = $1', id), [{ baa: null }]);
  assert.equal((await record({})).code, 0);
});

test('booking is turned off, into the queue, and on; a practice is disabled once and enabled', async () => {
  const id = await addPractice();
  for (const mode of ['off', 'queue_only', 'live'])
    assert.equal((await cli.ask(`practice booking ${mode} --practice ${id}`)).bookingMode, mode);
  const first = await cli.ask(`practice disable --practice ${id}`);
  assert.ok(first.disabledAt);
  assert.equal((await cli.ask(`practice disable --practice ${id}`)).disabledAt, first.disabledAt);
  assert.match((await cli.type('practice list')).out, new RegExp(`^${id} .* disabled$`, 'm'));
  assert.equal((await cli.ask(`practice enable --practice ${id}`)).disabledAt, undefined);
});

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
const agentOf = (id: string, ...more: string[]) => ({
  words: `agent add --practice ${id} --expires ${inDays(90)}`,
  more: ['--name', 'Evening line', '--owner', 'Voice Company', ...more],
});

test('an agent’s secret is shown once and never again', async () => {
  const id = await addPractice();
  const { words, more } = agentOf(id);
  const said = await cli.type(words, { more });
  assert.equal(said.code, 0, said.err);
  const [, agent] = /^agent +(\S+)$/m.exec(said.out) ?? [];
  const [, secret] = /^client_secret +(\S{43})$/m.exec(said.out) ?? [];
  assert.ok(agent && secret);
  assert.match(said.out, /^token_endpoint +http:\/\/127\.0\.0\.1:8080\/oauth\/token$/m);
  assert.match(said.out, /shown this once/);

  const rotated = await cli.type(`agent rotate ${agent} --practice ${id} --overlap-hours 1`);
  const [, second] = /^client_secret +(\S{43})$/m.exec(rotated.out) ?? [];
  assert.ok(second && second !== secret);
  await cli.type(`agent list --practice ${id}`);
  await cli.type(`agent list --practice ${id} --json`);
  await cli.type(`audit show --practice ${id} --json`);
  await cli.type(`agent disable ${agent} --practice ${id}`);
  const said2 = cli.transcript.join('\n');
  for (const each of [secret, second]) assert.equal(said2.split(each).length, 2, 'once');
  const kept = JSON.stringify([
    await row('select operator_action::text as row from operator_action'),
    await row('select agent::text as row from agent'),
    await row('select audit_event::text as row from audit_event'),
  ]);
  for (const each of [secret, second]) assert.ok(!kept.includes(each));
  assert.deepEqual(
    (await events(id)).map(({ action }) => action),
    [
      'practice.create',
      'agent.create',
      'agent.rotate',
      'agent.list',
      'agent.list',
      'audit.read',
      'agent.disable',
    ],
  );
});

test('a disabled agent is shown as such, and an enabled one again', async () => {
  const id = await addPractice();
  const { words, more } = agentOf(id);
  const { agent } = await cli.ask(words, { more });
  const state = async () =>
    /(\S+)$/m.exec((await cli.type(`agent list --practice ${id}`)).out.split('\n')[1] ?? '')?.[1];
  assert.equal(await state(), 'enabled');
  assert.equal((await cli.type(`agent disable ${agent} --practice ${id}`)).code, 0);
  assert.equal(await state(), 'disabled');
  assert.deepEqual(await uses(agent), [
    { person: 'Kim Lee', command: 'agent add', outcome: 'done' },
    { person: 'Kim Lee', command: 'agent disable', outcome: 'done' },
  ]);
  await cli.type(`agent enable ${agent} --practice ${id}`);
  assert.equal(await state(), 'enabled');
});

test('an agent of another practice is not found', async () => {
  const [id, other] = [await addPractice(), await addPractice('Other Dental')];
  const { words, more } = agentOf(id);
  const { agent } = await cli.ask(words, { more });
  for (const verb of ['rotate', 'disable', 'enable']) {
    const { code, err } = await cli.type(`agent ${verb} ${agent} --practice ${other}`);
    assert.equal(code, 1, verb);
    assert.match(err, /no such resource for this practice/);
  }
  assert.equal((await cli.ask(`agent list --practice ${other}`)).length, 0);
});

test('an agent with keys of its own has no secret', async () => {
  const id = await addPractice();
  const { publicKey } = await generateKeyPair('ES384', { extractable: true });
  const jwks = join(files, 'keys.json');
  await writeFile(jwks, JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k' }] }));
  const { words, more } = agentOf(
    id,
    '--method',
    'private_key_jwt',
    '--jwks',
    jwks,
    '--scope',
    'system/Slot.rs',
  );
  const given = await cli.ask(words, { more });
  assert.equal(given.client_secret, undefined);
  assert.equal(given.scope, 'system/Slot.rs');
  assert.match((await cli.type(`agent rotate ${given.agent} --practice ${id}`)).err, /authMethod/);
});

test('an agent that could not be registered is refused in words', async () => {
  const id = await addPractice();
  const broken = join(files, 'broken.json');
  await writeFile(broken, 'secret-looking {');
  for (const [words, more, code, sentence] of [
    [`--expires ${inDays(400)}`, [], 1, /expires within 365 days/],
    ['--expires tomorrow', [], 2, /--expires takes a day/],
    [`--expires ${inDays(9)}`, ['--scope', 'system/Observation.rs'], 1, /scope/],
    [`--expires ${inDays(9)}`, ['--method', 'private_key_jwt'], 1, /jwks/],
    [`--expires ${inDays(9)} --method private_key_jwt`, ['--jwks', broken], 1, /not JSON/],
    [`--expires ${inDays(9)} --method private_key_jwt`, ['--jwks', '/nowhere'], 1, /cannot be read/],
  ] as const) {
    const said = await cli.type(`agent add --practice ${id} ${words}`, {
      more: ['--name', 'A', '--owner', 'B', ...more],
    });
    assert.equal(said.code, code, said.err);
    assert.match(said.err, sentence);
    assert.ok(!said.err.includes('secret-looking'));
  }
  assert.equal((await cli.ask(`agent list --practice ${id}`)).length, 0);
});

test('a use that cannot be recorded does not happen', async () => {
  const before = await row('select practice_id from practice');
  await database.asOwner('revoke insert on operator_action from postern_app');
  try {
    const { code, err } = await cli.type('practice add --time-zone UTC --name Unrecorded');
    assert.equal(code, 1);
    assert.match(err, /"event":"audit.unavailable"/);
    assert.match(err, /could not be recorded, so it did not happen/);
  } finally {
    await database.asOwner('grant insert on operator_action to postern_app');
  }
  assert.equal((await row('select practice_id from practice')).length, before.length);
});

test('a change that the practice’s own trail does not take does not happen', async () => {
  const id = await addPractice();
  await database.asOwner('revoke insert on audit_event from postern_app');
  try {
    assert.match((await cli.type(`practice booking off --practice ${id}`)).err, /so it did not happen/);
  } finally {
    await database.asOwner(
      'grant insert (practice_id, id, at, actor, on_behalf_of, action, resource_type, resource_id, patient_link, outcome, reason, origin, request_id) on audit_event to postern_app',
    );
  }
  assert.deepEqual(await row('select booking_mode from practice where practice_id = $1', id), [
    { booking_mode: 'live' },
  ]);
});

test('a database that is not there, or not migrated, is said in a sentence', async () => {
  const gone = await createTestCli(
    { ...database, kind: 'server' },
    { DATABASE_URL: 'postgres://postern_app@127.0.0.1:9/none', DATABASE_OWNER_URL: '' },
  );
  const { code, err } = await gone.type('practice list');
  assert.equal(code, 1);
  assert.match(err, /^The database cannot be reached\. .*npm start\n$/);

  await database.asOwner('alter schema postern rename to elsewhere');
  try {
    assert.match((await cli.type('practice list')).err, /npm run postern -- migrate/);
  } finally {
    await database.asOwner('alter schema elsewhere rename to postern');
  }
});

test('a database that is migrated is told to be so, and owners only migrate', async () => {
  assert.match((await cli.type('migrate', { as: null })).out, /newest schema/);
  const ownerless = await createTestCli(
    { ...database, kind: 'server' },
    { DATABASE_URL: database.url, DATABASE_OWNER_URL: '' },
  );
  assert.match((await ownerless.type('migrate', { as: null })).err, /DATABASE_OWNER_URL is missing/);
});
