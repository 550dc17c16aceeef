import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Flaw } from '#audit/chain.ts';
import { createCheckpointer } from '#audit/checkpoint.ts';
import { createCheckpointFiles } from '#audit/checkpoint-file.ts';
import { hashOf } from '#audit/hash.ts';
import { createAudit } from '#audit/record.ts';
import { type Verdict, verifyAudit, verifyPractice } from '#audit/verify.ts';
import { type AuditEventRow, readAuditEvents } from '#store/audit-events.ts';
import { createTestDatabase } from '#test/database.ts';
import { newKeyRingEntry, parseKeyRing } from '#vault/key-ring.ts';
import { createSigner } from '#vault/signer.ts';

const db = await createTestDatabase();
const directory = await mkdtemp(join(tmpdir(), 'postern-audit-'));
after(() => rm(directory, { recursive: true }));

/** Events are two hours old when they are verified: whatever no checkpoint covers is overdue. */
const now = Date.parse('2027-03-04T12:00:00Z');
const files = createCheckpointFiles(
  directory,
  createSigner(parseKeyRing(newKeyRingEntry()), 'audit checkpoint'),
);
const checkpointer = createCheckpointer({ database: db.database, files, clock: () => now });
const options = { database: db.database, files, clock: () => now };
const audit = createAudit({
  database: db.database,
  clock: () => now - 2 * 3_600_000,
  newId: randomUUID,
  alert: () => assert.fail('the audit is unavailable'),
});

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
const random = mulberry32(seed);
const below = (limit: number): number => Math.floor(random() * limit);

/** A chain of 18 events under three checkpoints: 1–6, 7–12, 13–18. */
const batches = 3;
const batchSize = 6;
const length = batches * batchSize;

async function chains(count: number): Promise<string[]> {
  const practices: string[] = Array.from({ length: count }, () => randomUUID());
  for (let batch = 0; batch < batches; batch++) {
    for (const practice of practices)
      await audit.write(
        practice,
        ...Array.from({ length: batchSize }, (_, at) => ({
          actor: 'agent:a1' as const,
          action: 'appointment.read' as const,
          resourceId: `b${batch}-${at}`,
          patient: 'p1',
          outcome: 'success' as const,
          origin: '192.0.2.7',
        })),
      );
    const { broken } = await checkpointer.write();
    assert.deepEqual(
      broken.filter((flaw) => practices.includes(flaw.practice)),
      [],
    );
  }
  return practices;
}

interface Chain {
  readonly rows: AuditEventRow[];
  head: { seq: number; hash: string } | undefined;
}
interface Tamper {
  readonly name: string;
  /** Changes the chain and gives the number of the first event that is not what it was. */
  readonly change: (chain: Chain) => number;
}

const columns = [
  'id', 'at', 'actor', 'onBehalfOf', 'action', 'resourceType', 'resourceId', 'patientLink', 'outcome', 'reason',
  'origin', 'requestId', 'prevHash', 'hash',
] as const; // biome-ignore format: a list
const otherValue: Record<(typeof columns)[number], string> = {
  id: '00000000-0000-4000-8000-000000000000',
  at: '2027-03-04T10:00:00.000001Z',
  actor: 'agent:a2',
  onBehalfOf: 'agent:a1',
  action: 'appointment.cancel',
  resourceType: 'Patient',
  resourceId: 'b9-9',
  patientLink: 'p2',
  outcome: 'refused',
  reason: 'not-found',
  origin: '192.0.2.8',
  requestId: 'r1',
  prevHash: '11'.repeat(32),
  hash: '22'.repeat(32),
};
type Column = (typeof columns)[number];

function setColumn(chain: Chain, seq: number, column: Column): void {
  const row = chain.rows[seq - 1];
  assert.ok(row);
  const value =
    row[column] === otherValue[column] || (random() < 0.2 && row[column] !== null && nullable.has(column))
      ? null
      : otherValue[column];
  chain.rows[seq - 1] = { ...row, [column]: value };
}
const nullable = new Set<Column>(['onBehalfOf', 'resourceId', 'patientLink', 'reason', 'requestId']);

function renumber(chain: Chain): void {
  chain.rows.forEach((row, at) => {
    chain.rows[at] = { ...row, seq: at + 1 };
  });
}
/** What an owner who knows the algorithm does: every hash from the first row on, and the head. */
function recompute(chain: Chain): void {
  let prevHash = '00'.repeat(32);
  chain.rows.forEach((row, at) => {
    const next = { ...row, seq: at + 1, prevHash };
    prevHash = hashOf(next);
    chain.rows[at] = { ...next, hash: prevHash };
  });
  chain.head = { seq: chain.rows.length, hash: prevHash };
}
function swap(chain: Chain, one: number, two: number): void {
  const [first, second] = [chain.rows[one - 1], chain.rows[two - 1]];
  assert.ok(first && second);
  chain.rows[one - 1] = { ...second, seq: one };
  chain.rows[two - 1] = { ...first, seq: two };
}
function pair(): readonly [number, number] {
  const one = 1 + below(length - 1);
  return [one, one + 1 + below(length - one)];
}
const anyEvent = (): number => 1 + below(length);
const forged = (chain: Chain, seq: number): AuditEventRow => {
  const model = chain.rows[0];
  assert.ok(model);
  return { ...model, seq, id: randomUUID(), resourceId: 'forged' };
};

const tampers: readonly Tamper[] = [
  ...columns.map((column) => ({
    name: `column ${column} changed`,
    change: (chain: Chain) => {
      const seq = anyEvent();
      setColumn(chain, seq, column);
      return seq;
    },
  })),
  ...columns
    .filter((column) => column !== 'hash' && column !== 'prevHash')
    .map((column) => ({
      name: `column ${column} changed and all hashes computed anew`,
      change: (chain: Chain) => {
        const seq = anyEvent();
        setColumn(chain, seq, column);
        recompute(chain);
        return seq;
      },
    })),
  {
    name: 'row removed',
    change: (chain) => {
      const seq = anyEvent();
      chain.rows.splice(seq - 1, 1);
      return seq;
    },
  },
  {
    name: 'row removed, the rest moved up',
    change: (chain) => {
      const seq = anyEvent();
      chain.rows.splice(seq - 1, 1);
      renumber(chain);
      return seq;
    },
  },
  {
    name: 'row removed and all hashes computed anew',
    change: (chain) => {
      const seq = anyEvent();
      chain.rows.splice(seq - 1, 1);
      recompute(chain);
      return seq;
    },
  },
  {
    name: 'rows swapped',
    change: (chain) => {
      const [one, two] = pair();
      swap(chain, one, two);
      return one;
    },
  },
  {
    name: 'rows swapped and all hashes computed anew',
    change: (chain) => {
      const [one, two] = pair();
      swap(chain, one, two);
      recompute(chain);
      return one;
    },
  },
  {
    name: 'row given a number behind the end',
    change: (chain) => {
      const seq = anyEvent();
      const row = chain.rows[seq - 1];
      assert.ok(row);
      chain.rows[seq - 1] = { ...row, seq: length + 1 };
      return seq;
    },
  },
  {
    name: 'row inserted, the rest moved down',
    change: (chain) => {
      const seq = anyEvent();
      chain.rows.splice(seq - 1, 0, forged(chain, seq));
      renumber(chain);
      return seq;
    },
  },
  {
    name: 'row inserted and all hashes computed anew',
    change: (chain) => {
      const seq = anyEvent();
      chain.rows.splice(seq - 1, 0, forged(chain, seq));
      recompute(chain);
      return seq;
    },
  },
  {
    name: 'row appended behind the head',
    change: (chain) => {
      chain.rows.push(forged(chain, length + 1));
      return length + 1;
    },
  },
  {
    name: 'row put before the first',
    change: (chain) => {
      const seq = 0 - below(3);
      chain.rows.push(forged(chain, seq));
      return seq;
    },
  },
  {
    name: 'tail cut',
    change: (chain) => {
      const seq = anyEvent();
      chain.rows.splice(seq - 1);
      return seq;
    },
  },
  {
    name: 'tail cut and the head put back',
    change: (chain) => {
      const seq = anyEvent();
      chain.rows.splice(seq - 1);
      recompute(chain);
      return seq;
    },
  },
  {
    name: 'the whole chain gone, head included',
    change: (chain) => {
      chain.rows.splice(0);
      chain.head = undefined;
      return 1;
    },
  },
  {
    name: 'head put back, rows left',
    change: (chain) => {
      const seq = anyEvent();
      chain.head = { seq: seq - 1, hash: chain.rows[seq - 2]?.hash ?? '00'.repeat(32) };
      return seq;
    },
  },
  {
    name: 'head removed, rows left',
    change: (chain) => {
      chain.head = undefined;
      return 1;
    },
  },
  {
    name: 'head names another hash',
    change: (chain) => {
      chain.head = { seq: length, hash: '33'.repeat(32) };
      return length;
    },
  },
  {
    name: 'head counts further',
    change: (chain) => {
      chain.head = { seq: length + 1 + below(3), hash: '33'.repeat(32) };
      return length + 1;
    },
  },
];

async function readChain(practice: string): Promise<Chain> {
  const rows = [
    ...(await db.database.withPractice(practice, (tx) => readAuditEvents(tx, practice, 0, length))),
  ];
  assert.equal(rows.length, length);
  const last = rows.at(-1);
  return { rows, head: last && { seq: last.seq, hash: last.hash } };
}

/** Writes chains as the owner of the tables would, with the trigger off. */
async function writeChains(chains: ReadonlyMap<string, Chain>): Promise<void> {
  const practices = [...chains.keys()];
  await db.asOwner('alter table audit_event disable trigger chain_audit_event');
  await db.asOwner('delete from audit_event where practice_id = any($1)', [practices]);
  await db.asOwner('delete from audit_head where practice_id = any($1)', [practices]);
  await db.asOwner(
    `insert into audit_event (practice_id, seq, id, at, actor, on_behalf_of, action, resource_type, resource_id,
       patient_link, outcome, reason, origin, request_id, prev_hash, hash)
     select "practiceId", seq, id, at, actor, "onBehalfOf", action, "resourceType", "resourceId", "patientLink", outcome,
       reason, origin, "requestId", decode("prevHash", 'hex'), decode(hash, 'hex')
     from jsonb_to_recordset($1::jsonb) as r("practiceId" uuid, seq bigint, id uuid, at timestamptz, actor text,
       "onBehalfOf" text, action text, "resourceType" text, "resourceId" text, "patientLink" text, outcome text,
       reason text, origin text, "requestId" text, "prevHash" text, hash text)`,
    [JSON.stringify([...chains.values()].flatMap((chain) => chain.rows))],
  );
  await db.asOwner(
    `insert into audit_head (practice_id, seq, hash) select practice, seq, decode(hash, 'hex')
     from jsonb_to_recordset($1::jsonb) as r(practice uuid, seq bigint, hash text)`,
    [JSON.stringify([...chains].flatMap(([practice, { head }]) => (head ? [{ practice, ...head }] : [])))],
  );
  await db.asOwner('alter table audit_event enable trigger chain_audit_event');
}

async function verdicts(): Promise<Map<string, Verdict>> {
  const found = new Map<string, Verdict>();
  for await (const verdict of verifyAudit(options)) found.set(verdict.practice, verdict);
  return found;
}

test('160 tampers with rows and head as the tables’ owner are found, the first bad event named; untouched chains pass', async (t) => {
  t.diagnostic(`seed ${seed}`);
  const practices = await chains(180);
  const expected = new Map<string, { name: string; seq: number }>();
  const tampered = new Map<string, Chain>();
  for (const [at, practice] of practices.entries()) {
    if (at % 9 === 8) continue; // every ninth chain stays as it is
    const tamper = tampers[expected.size % tampers.length];
    assert.ok(tamper);
    const chain = await readChain(practice);
    const seq = tamper.change(chain);
    tampered.set(practice, chain);
    expected.set(practice, { name: tamper.name, seq });
  }
  assert.equal(expected.size, 160);
  await writeChains(tampered);

  const found = await verdicts();
  for (const practice of practices) {
    const verdict = found.get(practice);
    const planted = expected.get(practice);
    if (planted === undefined)
      assert.deepEqual(verdict, { ok: true, practice, events: length, covered: length }, `seed ${seed}`);
    else {
      assert.ok(verdict?.ok === false, `not found: ${planted.name} at ${planted.seq}, seed ${seed}`);
      assert.equal(verdict.seq, planted.seq, `${planted.name}: ${verdict.why}, seed ${seed}`);
    }
  }
});

test('40 edits of checkpoint files are found at the events whose cover is gone', async (t) => {
  t.diagnostic(`seed ${seed}`);
  const practices = await chains(45);
  for (const [at, practice] of practices.entries()) {
    const path = join(directory, `${practice}.jsonl`);
    const lines = (await readFile(path, 'latin1')).trimEnd().split('\n');
    assert.equal(lines.length, batches);
    const edited = below(batches);
    let expected: Pick<Flaw, 'seq' | 'why'> = { seq: edited * batchSize + 1, why: 'checkpoint' };
    switch (at % 5) {
      case 0: {
        const line = lines[edited] ?? '';
        const place = below(line.length);
        const bit = 1 << below(7);
        const changed = String.fromCharCode(line.charCodeAt(place) ^ bit)
          .replace('\n', '\v')
          .replace('\r', '\f');
        lines[edited] = line.slice(0, place) + changed + line.slice(place + 1);
        break;
      }
      case 1:
        lines.splice(edited, 1);
        if (edited === batches - 1) expected = { ...expected, why: 'checkpoint-overdue' };
        break;
      case 2:
        lines[edited] = (lines[edited] ?? '').slice(0, below(200));
        // An empty line says nothing; it is the same as none.
        if (lines[edited] === '' && edited === batches - 1)
          expected = { ...expected, why: 'checkpoint-overdue' };
        break;
      case 3: {
        // Another practice's file, well signed.
        const other = await readFile(
          join(directory, `${practices[(at + 1) % practices.length]}.jsonl`),
          'latin1',
        );
        await writeFile(path, other);
        assert.deepEqual(await verifyPractice(options, practice), {
          ok: false,
          practice,
          seq: 1,
          why: 'checkpoint',
        });
        continue;
      }
      case 4:
        assert.deepEqual(await verifyPractice(options, practice), {
          ok: true,
          practice,
          events: length,
          covered: length,
        });
        await rm(path);
        assert.deepEqual(await verifyPractice(options, practice), {
          ok: false,
          practice,
          seq: 1,
          why: 'checkpoint-overdue',
        });
        continue;
    }
    await writeFile(path, `${lines.join('\n')}\n`, 'latin1');
    assert.deepEqual(
      await verifyPractice(options, practice),
      { ok: false, practice, ...expected },
      `edit ${at}, seed ${seed}`,
    );
  }
});

test('what is newer than the last checkpoint is verified by the chain, and may wait an hour for its cover', async () => {
  const [practice] = await chains(1);
  assert.ok(practice);
  const fresh = createAudit({
    database: db.database,
    clock: () => now,
    newId: randomUUID,
    alert: () => assert.fail(),
  });
  await fresh.write(practice, {
    actor: 'agent:a1',
    action: 'appointment.read',
    outcome: 'success',
    origin: 'x',
  });
  assert.deepEqual(await verifyPractice(options, practice), { ok: true, practice, events: 19, covered: 18 });
  const later = { ...options, clock: () => now + 3_600_001 };
  assert.deepEqual(await verifyPractice(later, practice), {
    ok: false,
    practice,
    seq: 19,
    why: 'checkpoint-overdue',
  });
  await db.asOwner("update audit_event set actor = 'agent:a2' where practice_id = $1 and seq = 19", [
    practice,
  ]);
  assert.deepEqual(await verifyPractice(options, practice), { ok: false, practice, seq: 19, why: 'changed' });
  const { broken } = await checkpointer.write();
  assert.deepEqual(
    broken.filter((flaw) => flaw.practice === practice),
    [{ practice, seq: 19, why: 'changed' }],
    'nothing is signed over it',
  );
});

test('a chain longer than a page is covered and verified page by page', async () => {
  const practice = randomUUID();
  const event = {
    actor: 'system:sweep',
    action: 'appointment.reconcile',
    outcome: 'success',
    origin: 'job',
  } as const;
  for (let at = 0; at < 3; at++) await audit.write(practice, ...Array.from({ length: 400 }, () => event));
  await checkpointer.write();
  await audit.write(practice, event);
  await checkpointer.write();
  assert.deepEqual(await verifyPractice(options, practice), {
    ok: true,
    practice,
    events: 1_201,
    covered: 1_201,
  });
  await db.asOwner('delete from audit_event where practice_id = $1 and seq = 700', [practice]);
  assert.deepEqual(await verifyPractice(options, practice), {
    ok: false,
    practice,
    seq: 700,
    why: 'missing',
  });
});

/** A small seeded generator, so that a failing run can be had again by SEED. */
function mulberry32(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
