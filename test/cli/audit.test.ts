import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestDatabase } from '#test/database.ts';
import { createTestCli } from './support.ts';

const database = await createTestDatabase();
const cli = await createTestCli(database);

async function addPractice(): Promise<string> {
  const more = ['--name', 'Cedar Dental', '--time-zone', 'America/Denver'];
  return (await cli.ask('practice add', { more })).practiceId;
}
const whole = await addPractice();
const tampered = await addPractice();

/** Changes a row behind the gateway's back. */
async function tamper(sql: string): Promise<void> {
  await database.asOwner('alter table audit_event disable trigger user');
  await database.asOwner(sql);
  await database.asOwner('alter table audit_event enable trigger user');
}

test('whole chains are said to be whole, and who checked them is on record', async () => {
  await cli.type(`practice show --practice ${whole}`);
  const { code, out } = await cli.type('audit verify', { as: 'Ana Ortiz' });
  assert.equal(code, 0);
  assert.match(out, new RegExp(`^${whole} +whole +2 +0 +- +-$`, 'm'));
  const { out: shown } = await cli.type(`audit show --practice ${whole}`);
  assert.match(shown, /^3 +\S+ +operator:Ana Ortiz +audit\.verify +- +- +success +cli$/m);
});

test('a checkpoint covers what was not covered, and verification sees it', async () => {
  const { events, broken } = await cli.ask('audit checkpoint');
  assert.ok(events > 0);
  assert.deepEqual(broken, []);
  const [verdict] = await cli.ask(`audit verify --practice ${whole}`);
  assert.equal(verdict.covered, verdict.events);
  assert.equal((await cli.type('audit checkpoint')).code, 0);
});

test('the first bad event is named with exit code 1, and a broken chain is left as it was found', async () => {
  await cli.type(`practice show --practice ${tampered}`);
  await cli.type(`practice show --practice ${tampered}`);
  const count = async () =>
    (await database.asOwner('select count(*)::int as n from audit_event where practice_id = $1', [tampered]))
      .rows[0].n;
  await tamper(
    `update audit_event set actor = 'operator:Nobody' where practice_id = '${tampered}' and seq = 2`,
  );
  const before = await count();
  const { code, out } = await cli.type('audit verify');
  assert.equal(code, 1);
  assert.match(out, new RegExp(`^${tampered} +BROKEN +- +- +2 +`, 'm'));
  assert.match(out, new RegExp(`^${whole} +whole `, 'm'));
  assert.equal(await count(), before);
  assert.equal((await cli.type(`audit verify --practice ${whole}`)).code, 0);
  assert.equal((await cli.type(`audit verify --practice ${tampered}`)).code, 1);
});

test('a practice that nobody has is not verified', async () => {
  const { code, err } = await cli.type('audit verify --practice 01900000-0000-7000-8000-000000000009');
  assert.equal(code, 1);
  assert.match(err, /There is no practice of this id/);
});

test('the trail is shown by time and length, the newest first to be kept', async () => {
  const practice = await addPractice();
  for (let n = 0; n < 4; n++) await cli.type(`practice show --practice ${practice}`);
  const on = `--practice ${practice}`;
  const { events, more } = await cli.ask(`audit show --limit 2 ${on}`);
  assert.deepEqual(
    events.map(({ seq }: { seq: number }) => seq),
    [4, 5],
  );
  assert.equal(more, true);
  assert.match((await cli.type(`audit show --limit 2 ${on}`)).out, /There are older ones/);
  assert.doesNotMatch((await cli.type(`audit show ${on}`)).out, /There are older ones/);
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  assert.match((await cli.type(`audit show --since ${tomorrow} ${on}`)).out, /There is no such event/);
  assert.equal((await cli.ask(`audit show --since 2020-01-01 ${on}`)).events[0].action, 'practice.create');
  assert.equal((await cli.type(`audit show --since yesterday ${on}`)).code, 2);
  assert.equal((await cli.type(`audit show --limit all ${on}`)).code, 2);
});

test('an agent in the trail is named, and a patient asked for is in the event of the asking', async () => {
  const practice = await addPractice();
  const expires = new Date(Date.now() + 86_400_000).toISOString();
  const { agent } = await cli.ask(
    `agent add --practice ${practice} --expires ${expires.slice(0, 19)}Z --owner Voice`,
    {
      more: ['--name', 'Evening line'],
    },
  );
  await database.asOwner(
    `insert into audit_event (practice_id, id, at, actor, action, resource_type, resource_id, patient_link, outcome, origin)
     values ($1, gen_random_uuid(), now(), $2, 'patient.read', 'Patient', 'p-1', 'p-1', 'success', '127.0.0.1')`,
    [practice, `agent:${agent}`],
  );
  const { out } = await cli.type(`audit show --practice ${practice} --patient p-1`);
  assert.match(
    out,
    new RegExp(`^3 +\\S+ +agent:${agent} \\(Evening line\\) +patient\\.read +Patient/p-1 +p-1 +success`, 'm'),
  );
  assert.doesNotMatch(out, /practice\.create/);
  const { events } = await cli.ask(`audit show --practice ${practice} --patient p-1`);
  assert.deepEqual(
    events.map(({ action }: { action: string }) => action),
    ['patient.read', 'audit.read'],
  );
});
