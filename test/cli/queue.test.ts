import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { openCore } from '#app';
import type { Intent } from '#domain/booking-intent.ts';
import { openQueueEntry, type QueueDetails } from '#scheduling/booking-queue.ts';
import { createTestDatabase } from '#test/database.ts';
import { keyRingOf } from '../../src/main.ts';
import { createTestCli, world } from './support.ts';

const database = await createTestDatabase();
const cli = await createTestCli(database);
const core = await openCore(cli.config, await keyRingOf(cli.config), () => {}, world);
after(() => core.close());

async function addPractice(): Promise<string> {
  const more = ['--name', 'Cedar Dental', '--time-zone', 'America/Denver'];
  return (await cli.ask('practice add', { more })).practiceId;
}
const practice = await addPractice();
const other = await addPractice();

const details: QueueDetails = {
  kind: 'book',
  operation: '01900000-0000-7000-8000-00000000000a',
  start: '2027-03-04T17:30:00Z',
  minutes: 30,
  visitType: 'exam',
  practitioner: '7',
  location: '4',
  patient: undefined,
  appointment: undefined,
  newPatient: {
    family: 'Quillfeather',
    given: 'Xanthe',
    birthDate: '1987-06-05',
    phone: '+1 303 555 0177',
  },
  markers: ['GW:abcdefghjk.1'],
};
const canaries = ['Quillfeather', 'Xanthe', '1987-06-05', '555 0177'];

/** As the booking protocol hands an intent over; `patientId` is our id of the patient. */
async function handOver(change: Partial<QueueDetails> = {}, patientId?: string): Promise<string> {
  const intentId = randomUUID();
  if (patientId !== undefined)
    await database.asOwner(
      `insert into booking_intent (practice_id, intent_id, kind, agent_id, connection_id, patient_id, phase, machine)
       values ($1, $2, 'book', $3, $4, $5, 'handoff', '{}')`,
      [practice, intentId, randomUUID(), randomUUID(), patientId],
    );
  await core.database.withPractice(practice, async (tx) => {
    const vault = await core.scheduling.vault.forPractice(tx, practice);
    const intent = { id: intentId } as Intent; // an entry is bound to the intent's id and to nothing else of it
    await openQueueEntry(tx, practice, vault, intent, 'approval', { ...details, ...change });
  });
  const { rows } = await database.asOwner('select entry_id from queue_entry where intent_id = $1', [
    intentId,
  ]);
  return rows[0].entry_id;
}
async function events(entry: string) {
  const { rows } = await database.asOwner(
    'select actor, action, outcome, patient_link from audit_event where resource_id = $1 order by seq',
    [entry],
  );
  return rows;
}

test('an entry is listed without saying for whom, and opened with all that staff need', async () => {
  const entry = await handOver();
  const listed = await cli.type(`queue list --practice ${practice}`);
  assert.match(listed.out, new RegExp(`^${entry} +\\S+ +approval`, 'm'));
  const json = await cli.type(`queue list --practice ${practice} --json`);
  for (const canary of canaries) assert.ok(!`${listed.out}${json.out}`.includes(canary), canary);

  const { code, out } = await cli.type(`queue show ${entry} --practice ${practice}`, { as: 'Ana Ortiz' });
  assert.equal(code, 0);
  for (const line of [
    /^task +book an appointment$/m,
    /^when +2027-03-04 10:30 America\/Denver$/m,
    /^minutes +30$/m,
    /^practitioner +7 in the EMR$/m,
    /^new patient +Quillfeather, Xanthe$/m,
    /^born +1987-06-05$/m,
    /^phone +\+1 303 555 0177$/m,
    /^markers +GW:abcdefghjk\.1$/m,
    /^why +The practice approves this visit type first\.$/m,
  ])
    assert.match(out, line);
  assert.deepEqual(await events(entry), [
    { actor: 'operator:Ana Ortiz', action: 'queue.show', outcome: 'success', patient_link: null },
  ]);
});

test('each opening is an event that names the patient by our id', async () => {
  const patient = randomUUID();
  const entry = await handOver({ patient: '3051', newPatient: undefined }, patient);
  const { out } = await cli.type(`queue show ${entry} --practice ${practice}`);
  assert.match(out, /^patient +3051 in the EMR$/m);
  await cli.type(`queue show ${entry} --practice ${practice}`, { as: 'Ana Ortiz' });
  assert.deepEqual(
    (await events(entry)).map(({ actor, patient_link }) => [actor, patient_link]),
    [
      ['operator:Kim Lee', patient],
      ['operator:Ana Ortiz', patient],
    ],
  );
  const seen = await cli.type(`audit show --practice ${practice} --patient ${patient}`);
  assert.equal(seen.out.match(/queue\.show/g)?.length, 2);
});

test('what the queue holds about a patient is sealed in the database', async () => {
  const entry = await handOver();
  const { rows } = await database.asOwner(
    "select queue_entry::text as row, encode(details, 'escape') as sealed from queue_entry where entry_id = $1",
    [entry],
  );
  const { rows: records } = await database.asOwner(
    `select operator_action::text as row from operator_action
     union all select audit_event::text from audit_event union all select outbox::text from outbox`,
  );
  assert.ok(records.length > 0);
  const stored = JSON.stringify([rows, records]);
  for (const canary of canaries) assert.ok(!stored.includes(canary), canary);
  // The control: the same search does find what is not sealed.
  assert.ok(stored.includes('approval'));
});

test('what cannot be recorded is not shown', async () => {
  const entry = await handOver();
  await database.asOwner('revoke insert on audit_event from postern_app');
  try {
    const { code, out, err } = await cli.type(`queue show ${entry} --practice ${practice}`);
    assert.equal(code, 1);
    assert.equal(out, '');
    assert.match(err, /could not be recorded/);
    for (const canary of canaries) assert.ok(!err.includes(canary));
  } finally {
    await database.asOwner(
      'grant insert (practice_id, id, at, actor, on_behalf_of, action, resource_type, resource_id, patient_link, outcome, reason, origin, request_id) on audit_event to postern_app',
    );
  }
  assert.equal((await cli.type(`queue show ${entry} --practice ${practice}`)).code, 0);
});

test('an entry is taken by one person and done once', async () => {
  const entry = await handOver();
  const on = `--practice ${practice}`;
  const [taken] = await cli.ask(`queue take ${entry} ${on}`, { as: 'Ana Ortiz' });
  assert.equal(taken.takenBy, 'Ana Ortiz');
  assert.match((await cli.type(`queue take ${entry} ${on}`)).err, /Somebody has taken this entry/);
  assert.equal((await cli.type(`queue done ${entry} ${on}`)).code, 2);
  assert.equal((await cli.type(`queue done ${entry} --outcome fine ${on}`)).code, 2);
  const [done] = await cli.ask(`queue done ${entry} --outcome booked ${on}`);
  assert.equal(done.outcome, 'booked');
  assert.match((await cli.type(`queue done ${entry} --outcome booked ${on}`)).err, /This entry is done/);
  assert.match((await cli.type(`queue take ${entry} ${on}`)).err, /This entry is done/);
  const ids = async (words: string) =>
    (await cli.ask(`queue list ${words}${on}`)).map(({ entryId }: { entryId: string }) => entryId);
  assert.ok(!(await ids('')).includes(entry));
  assert.ok((await ids('--all ')).includes(entry));
  assert.deepEqual(
    (await events(entry)).map(({ actor, action, outcome }) => [actor, action, outcome]),
    [
      ['operator:Ana Ortiz', 'queue.take', 'success'],
      ['operator:Kim Lee', 'queue.take', 'refused'],
      ['operator:Kim Lee', 'queue.done', 'success'],
      ['operator:Kim Lee', 'queue.done', 'refused'],
      ['operator:Kim Lee', 'queue.take', 'refused'],
    ],
  );
});

test('another practice’s entry is not found, and nothing of it is said', async () => {
  const entry = await handOver();
  for (const words of [`show ${entry}`, `take ${entry}`, `done ${entry} --outcome booked`]) {
    const { code, out, err } = await cli.type(`queue ${words} --practice ${other}`);
    assert.equal(code, 1, words);
    assert.equal(out, '');
    assert.match(err, /no such resource for this practice/);
  }
  assert.deepEqual(await cli.ask(`queue list --practice ${other}`), []);
  assert.match((await cli.type(`queue list --practice ${other}`)).out, /The queue is empty/);
});

test('an escape sequence in a name does not reach the terminal', async () => {
  const entry = await handOver({
    newPatient: { family: 'A\u001b[2J', given: 'B\u202e', birthDate: '1987-06-05' },
  });
  const { out } = await cli.type(`queue show ${entry} --practice ${practice}`);
  assert.match(out, /^new patient +A\u{FFFD}\[2J, B\u{FFFD}$/mu);
});
