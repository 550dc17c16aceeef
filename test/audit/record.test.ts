import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { type AuditAttempt, auditActions } from '#audit/event.ts';
import { hashOf } from '#audit/hash.ts';
import { createAudit } from '#audit/record.ts';
import { Failure } from '#domain/failure.ts';
import { type AuditEventRow, readAuditEvents, readAuditHead } from '#store/audit-events.ts';
import type { Database } from '#store/database.ts';
import { createTestDatabase } from '#test/database.ts';

const db = await createTestDatabase();
const alerts: string[] = [];
const audit = auditOn(db.database);

function auditOn(database: Database, alert = (name: string): void => void alerts.push(name)) {
  return createAudit({ database, clock: Date.now, newId: randomUUID, alert });
}
const read = (practice: string): Promise<readonly AuditEventRow[]> =>
  db.database.withPractice(practice, (tx) => readAuditEvents(tx, practice, 0, 1_000));

const search: AuditAttempt = { actor: 'agent:a1', action: 'appointment.search', origin: '192.0.2.7' };

test('an event is kept with its place, its hash and every field that was given', async () => {
  const practice = randomUUID();
  await audit.write(practice, {
    actor: 'system:sweep',
    onBehalfOf: 'agent:a1',
    action: 'appointment.book',
    resourceId: 'b4Xk',
    patient: 'p7',
    outcome: 'refused',
    reason: 'slot-taken',
    origin: '2001:db8::7%eth0',
    requestId: 'r-1',
  });
  await audit.write(practice, { ...search, outcome: 'success' });
  const [first, second] = await read(practice);
  assert.ok(first && second);
  const { id, at, hash, ...rest } = first;
  assert.match(id, /^[0-9a-f-]{36}$/);
  assert.match(at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  assert.deepEqual(rest, {
    practiceId: practice,
    seq: 1,
    actor: 'system:sweep',
    onBehalfOf: 'agent:a1',
    action: 'appointment.book',
    resourceType: 'Appointment',
    resourceId: 'b4Xk',
    patientLink: 'p7',
    outcome: 'refused',
    reason: 'slot-taken',
    origin: '2001:db8::7%eth0',
    requestId: 'r-1',
    prevHash: '00'.repeat(32),
  });
  assert.equal(hashOf(first), hash, 'the trigger and hashOf agree');
  assert.equal(second.prevHash, hash);
  assert.equal(hashOf(second), second.hash, 'and on absent fields');
  assert.deepEqual([second.onBehalfOf, second.patientLink], [null, null]);
});

test('the hash covers every column of the table but itself', async () => {
  const { rows } = await db.asOwner(
    "select column_name from information_schema.columns where table_schema = 'postern' and table_name = 'audit_event'",
  );
  const columns = rows.map((row) => row.column_name).sort();
  const sample = (await readSample())[0];
  assert.ok(sample);
  const hashed = Object.keys(sample).filter((key) => {
    const other = { ...sample, [key]: key === 'seq' ? 9 : 'other' };
    return hashOf(other) !== hashOf(sample);
  });
  const snake = hashed.map((key) => key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
  assert.deepEqual([...snake, 'hash'].sort(), columns);
});

async function readSample(): Promise<readonly AuditEventRow[]> {
  const practice = randomUUID();
  await audit.write(practice, { ...search, outcome: 'success' });
  return read(practice);
}

test('twenty transactions at once append without a gap, several events each', async () => {
  const practice = randomUUID();
  await Promise.all(
    Array.from({ length: 20 }, (_, at) =>
      db.database.withPractice(practice, (tx) =>
        audit.record(
          tx,
          practice,
          ...Array.from({ length: 1 + (at % 3) }, () => ({ ...search, outcome: 'success' as const })),
        ),
      ),
    ),
  );
  const rows = await read(practice);
  assert.deepEqual(
    rows.map((row) => row.seq),
    Array.from({ length: 39 }, (_, at) => at + 1),
  );
  for (const [at, row] of rows.entries()) {
    assert.equal(row.prevHash, rows[at - 1]?.hash ?? '00'.repeat(32));
    assert.equal(row.hash, hashOf(row));
  }
  const head = await db.database.withPractice(practice, (tx) => readAuditHead(tx, practice));
  assert.deepEqual(head, { seq: 39, hash: rows.at(-1)?.hash, first: 1, last: 39 });
});

test('an event goes with its transaction when that is rolled back, and leaves no gap', async () => {
  const practice = randomUUID();
  await audit.write(practice, { ...search, outcome: 'success' });
  await assert.rejects(
    db.database.withPractice(practice, async (tx) => {
      await audit.record(tx, practice, { ...search, outcome: 'success' });
      throw new Error('rolled back');
    }),
  );
  await audit.write(practice, { ...search, outcome: 'success' });
  assert.deepEqual(
    (await read(practice)).map((row) => row.seq),
    [1, 2],
  );
});

test('work and its event commit together; what kept it out is recorded as a refusal', async () => {
  const practice = randomUUID();
  const told = await audit.transaction(
    practice,
    (found) => ({ ...search, patient: found }),
    async () => 'p9',
  );
  assert.equal(told, 'p9');
  const refused = new Failure('insufficient-scope');
  await assert.rejects(
    audit.transaction(practice, search, () => Promise.reject(refused)),
    refused,
  );
  assert.deepEqual(
    (await read(practice)).map(({ outcome, reason, patientLink }) => [outcome, reason, patientLink]),
    [
      ['success', null, 'p9'],
      ['refused', 'insufficient-scope', null],
    ],
  );
});

for (const [code, outcome] of [
  ['emr-away', 'failed'],
  ['outcome-unknown', 'pending'],
  ['slot-taken', 'refused'],
  ['throttled', 'refused'],
] as const) {
  test(`work over the network that ends in ${code} is recorded as ${outcome}`, async () => {
    const practice = randomUUID();
    await assert.rejects(
      audit.around(practice, search, () => Promise.reject(new Failure(code))),
      { code },
    );
    assert.deepEqual(
      (await read(practice)).map((row) => [row.outcome, row.reason]),
      [[outcome, code]],
    );
  });
}

test('what broke without a code is recorded as failed, without its text', async () => {
  const practice = randomUUID();
  await assert.rejects(
    audit.around(practice, search, () => Promise.reject(new Error('Ana Lima'))),
    /Ana Lima/,
  );
  const [row] = await read(practice);
  assert.deepEqual([row?.outcome, row?.reason], ['failed', 'internal']);
  assert.ok(!JSON.stringify(row).includes('Lima'));
});

test('where the event cannot be written nothing is read or changed, and an alert is raised', async () => {
  const practice = randomUUID();
  await db.asOwner('revoke insert on audit_event from postern_app');
  await db.asOwner(
    'revoke insert (practice_id, id, at, actor, on_behalf_of, action, resource_type, resource_id, patient_link, outcome, reason, origin, request_id) on audit_event from postern_app',
  );
  try {
    const before = alerts.length;
    const unavailable = { name: 'Failure', code: 'audit-unavailable' };
    let handedOut = false;
    await assert.rejects(
      audit
        .transaction(practice, search, async (tx) => {
          await tx('operator_action').insert({
            action_id: practice,
            person: 'x',
            command: 'x',
            outcome: 'x',
          });
          return 'data';
        })
        .then(() => {
          handedOut = true;
        }),
      unavailable,
    );
    await assert.rejects(
      audit.around(practice, search, async () => 'data'),
      unavailable,
    );
    await assert.rejects(
      audit.around(practice, search, () => Promise.reject(new Failure('not-found'))),
      unavailable,
    );
    await assert.rejects(audit.write(practice, { ...search, outcome: 'success' }), unavailable);
    assert.equal(handedOut, false);
    assert.deepEqual(alerts.slice(before), Array(4).fill('audit-unavailable'));
    const kept = await db.asOwner('select 1 from operator_action where action_id = $1', [practice]);
    assert.equal(kept.rowCount, 0, 'the work was rolled back');
  } finally {
    await db.asOwner(
      'grant insert (practice_id, id, at, actor, on_behalf_of, action, resource_type, resource_id, patient_link, outcome, reason, origin, request_id) on audit_event to postern_app',
    );
  }
});

test('where the database is away or the commit fails, the access did not happen either', async () => {
  const told: string[] = [];
  const away: Database = {
    ...db.database,
    withPractice: () => Promise.reject(new Error('connection refused')),
  };
  const unavailable = { code: 'audit-unavailable' };
  await assert.rejects(
    auditOn(away, (name) => told.push(name)).around(randomUUID(), search, async () => 'data'),
    unavailable,
  );
  const lostCommit: Database = {
    ...db.database,
    async withPractice(practice, work) {
      await db.database.withPractice(practice, work);
      throw new Error('connection reset');
    },
  };
  await assert.rejects(
    auditOn(lostCommit, (name) => told.push(name)).transaction(randomUUID(), search, async () => 'data'),
    unavailable,
  );
  assert.deepEqual(told, ['audit-unavailable', 'audit-unavailable']);
});

const forbidden = [
  "update audit_event set actor = 'agent:b'",
  'delete from audit_event',
  'truncate audit_event',
  'update audit_head set seq = 0',
  'delete from audit_head',
  'truncate audit_head',
  "insert into audit_head (practice_id, seq, hash) values (gen_random_uuid(), 0, '')",
  `insert into audit_event (practice_id, seq, id, at, actor, action, resource_type, outcome, origin)
   values (current_practice(), 1, gen_random_uuid(), now(), 'agent:a', 'appointment.read', 'Appointment', 'success', 'x')`,
  'alter table audit_event disable trigger all',
];
for (const sql of forbidden) {
  test(`the application may not: ${sql.split('\n')[0]}`, async () => {
    const practice = randomUUID();
    await audit.write(practice, { ...search, outcome: 'success' });
    await assert.rejects(
      db.database.withPractice(practice, (tx) => tx.raw(sql)),
      { code: '42501' },
    );
    assert.equal((await read(practice)).length, 1);
  });
}

test('the owner may: the refusals above come from the grants', async () => {
  const practice = randomUUID();
  await audit.write(practice, { ...search, outcome: 'success' });
  const changed = await db.asOwner("update audit_event set actor = 'agent:b' where practice_id = $1", [
    practice,
  ]);
  assert.equal(changed.rowCount, 1);
  const gone = await db.asOwner('delete from audit_event where practice_id = $1', [practice]);
  assert.equal(gone.rowCount, 1);
});

test('an event in the name of another practice is refused and moves no chain', async () => {
  const [mine, theirs] = [randomUUID(), randomUUID()];
  await audit.write(theirs, { ...search, outcome: 'success' });
  await assert.rejects(
    db.database.withPractice(mine, (tx) => audit.record(tx, theirs, { ...search, outcome: 'success' })),
    { code: 'audit-unavailable' },
  );
  assert.equal((await read(theirs)).length, 1);
  const seen = await db.database.withPractice(mine, (tx) => readAuditEvents(tx, theirs, 0, 10));
  assert.deepEqual(seen, []);
});

test('columns take ids and codes only: a name, a date or a note does not fit', async () => {
  const practice = randomUUID();
  for (const wrong of [
    { resourceId: 'Ana Lima' },
    { patient: 'Ana Lima' },
    { patient: '1980/02/03' },
    { requestId: 'see note: call back' },
    { origin: 'Ana Lima' },
  ])
    await assert.rejects(audit.write(practice, { ...search, ...wrong, outcome: 'success' }), {
      code: 'audit-unavailable',
    });
  assert.deepEqual(await read(practice), []);
});

test('every action and reason of the vocabulary fits its column', async () => {
  const practice = randomUUID();
  const actions = Object.keys(auditActions) as (keyof typeof auditActions)[]; // keys of a literal table
  await audit.write(
    practice,
    ...actions.map((action) => ({ ...search, action, outcome: 'success' as const })),
  );
  assert.equal((await read(practice)).length, actions.length);
});
