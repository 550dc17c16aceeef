import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { findOpenAttempt, insertAttemptEnd, insertAttemptStart } from '#store/refresh-attempts.ts';
import {
  insertGrant,
  replaceGrant,
  saveFailedRefresh,
  saveNeedsReconsent,
  saveRefreshed,
  saveRevoked,
} from '#store/token-outcomes.ts';
import type { TokenPlace, TokenValues } from '#store/token-row.ts';
import { claimRefresh, countTokenStates, dueRefreshes, readToken } from '#store/tokens.ts';
import { createTestDatabase } from '#test/database.ts';

const { database, asOwner } = await createTestDatabase();

const now = new Date('2027-03-04T10:30:00Z');
const later = (minutes: number): Date => new Date(now.getTime() + minutes * 60_000);
const values = (text: string): TokenValues => ({
  values: { access: Buffer.from(`a ${text}`), refresh: Buffer.from(`r ${text}`), previousRefresh: undefined },
  issuedAt: now,
  expiresAt: later(60),
  previousUntil: undefined,
  scopes: ['user/Slot.rs'],
  refreshAfter: later(45),
});
const mark = () => ({ attemptId: randomUUID(), startedAt: now });

async function newToken(server = `https://${randomUUID()}.example`) {
  const [practice, connectionId] = [randomUUID(), randomUUID()];
  await asOwner(
    "insert into practice (practice_id, name, time_zone, mode) values ($1, 'Cedar', 'America/Denver', 'sandbox')",
    [practice],
  );
  await asOwner(
    "insert into connection (practice_id, connection_id, adapter, kind, origin) values ($1, $2, 'x', 'simulator', 'http://127.0.0.1:1')",
    [practice, connectionId],
  );
  await database.withPractice(practice, (tx) =>
    insertGrant(tx, practice, connectionId, { ...values('1'), server }, now),
  );
  const place: TokenPlace = { connectionId, epoch: 1, version: 1 };
  return { practice, connectionId, place, server };
}
const rowOf = (practice: string, connectionId: string) =>
  database.withPractice(practice, (tx) => readToken(tx, connectionId, 'none'));

test('a first grant is epoch and version one, and a second first grant changes nothing', async () => {
  const { practice, connectionId, server } = await newToken();
  const again = await database.withPractice(practice, (tx) =>
    insertGrant(tx, practice, connectionId, { ...values('2'), server }, now),
  );
  assert.equal(again, false);
  const row = await rowOf(practice, connectionId);
  assert.deepEqual(
    [row?.epoch, row?.version, row?.state, row?.values.access?.toString()],
    [1, 1, 'active', 'a 1'],
  );
});

type Write = (tx: Parameters<typeof readToken>[0], place: TokenPlace) => Promise<boolean>;
const writes: readonly (readonly [string, Write])[] = [
  ['a refresh', (tx, place) => saveRefreshed(tx, place, { ...values('2'), ...mark(), forced: false }, now)],
  [
    'a failure',
    (tx, place) =>
      saveFailedRefresh(tx, place, mark(), { code: 'throttled', failures: 1, notBefore: later(1) }, now),
  ],
  ['an end', (tx, place) => saveNeedsReconsent(tx, place, { ...mark(), code: 'invalid_grant' }, now)],
  ['a new grant', (tx, place) => replaceGrant(tx, place, { ...values('2'), server: 'x' }, now)],
  ['a disconnect', (tx, place) => saveRevoked(tx, place, now)],
  ['a turn', (tx, place) => claimRefresh(tx, place, undefined, mark())],
];
for (const [what, write] of writes) {
  test(`${what} is written for the row that was read, not for one that has moved on`, async () => {
    const { practice, connectionId, place } = await newToken();
    const at = (other: Partial<TokenPlace>) =>
      database.withPractice(practice, (tx) => write(tx, { ...place, ...other }));
    assert.equal(await at({ version: 2 }), false);
    assert.equal(await at({ epoch: 2 }), false);
    assert.equal(await at({ connectionId: randomUUID() }), false);
    assert.equal((await rowOf(practice, connectionId))?.values.access?.toString(), 'a 1');
    assert.equal(await at({}), true);
  });
}

test('of two who read the same row one gets the turn', async () => {
  const { practice, place } = await newToken();
  const claim = (seen: string | undefined) =>
    database.withPractice(practice, (tx) => claimRefresh(tx, place, seen, mark()));
  assert.deepEqual([await claim(undefined), await claim(undefined)], [true, false]);
});

test('what has ended holds no values, and only a new grant brings it back', async () => {
  const { practice, connectionId, place } = await newToken();
  await database.withPractice(practice, (tx) =>
    saveNeedsReconsent(tx, place, { ...mark(), code: 'invalid_grant' }, now),
  );
  const ended = await rowOf(practice, connectionId);
  assert.deepEqual(ended?.values, { access: undefined, refresh: undefined, previousRefresh: undefined });
  const refreshed = await database.withPractice(practice, (tx) =>
    saveRefreshed(tx, place, { ...values('2'), ...mark(), forced: false }, now),
  );
  assert.equal(refreshed, false);
  await database.withPractice(practice, (tx) =>
    replaceGrant(tx, place, { ...values('3'), server: 'x' }, now),
  );
  const row = await rowOf(practice, connectionId);
  assert.deepEqual([row?.state, row?.epoch, row?.version, row?.errorCode], ['active', 2, 2, undefined]);
  assert.deepEqual(await database.withPractice(practice, countTokenStates), {
    active: 1,
    needs_reconsent: 0,
    revoked: 0,
  });
});

test('a row cannot say that it has ended and keep its values', async () => {
  const { connectionId } = await newToken();
  await assert.rejects(
    asOwner("update token set state = 'revoked' where connection_id = $1", [connectionId]),
    { code: '23514' },
  );
});

test('an attempt is open until its end is written, and belongs to one version of one grant', async () => {
  const { practice, connectionId, place, server } = await newToken();
  const attempt = { ...mark(), connectionId, epoch: 1, fromVersion: 1, server, holder: 'folder:host:1:uuid' };
  const open = (at: Partial<TokenPlace> = {}) =>
    database.withPractice(practice, (tx) => findOpenAttempt(tx, { ...place, ...at }));
  assert.equal(await open(), undefined);
  await database.withPractice(practice, (tx) => insertAttemptStart(tx, practice, attempt));
  assert.deepEqual(await open(), attempt);
  assert.equal(await open({ version: 2 }), undefined);
  assert.equal(await open({ epoch: 2 }), undefined);
  for (const code of ['timeout', 'refreshed'])
    await database.withPractice(practice, (tx) => insertAttemptEnd(tx, practice, attempt, code, now));
  assert.equal(await open(), undefined);
  const { rows } = await asOwner(
    "select code from refresh_attempt where connection_id = $1 and event = 'ended'",
    [connectionId],
  );
  assert.deepEqual(rows, [{ code: 'timeout' }], 'the first end stays');
});

test('due refreshes come as ids, oldest first, so many for each server, without those that rest', async () => {
  const server = `https://${randomUUID()}.example`;
  const tokens = [];
  for (let at = 0; at < 4; at++) tokens.push(await newToken(server));
  const other = await newToken();
  for (const [at, { connectionId }] of tokens.entries())
    await asOwner('update token set refresh_after = $2 where connection_id = $1', [
      connectionId,
      later(30 + at),
    ]);
  const due = (perServer: number, at = later(50), since = now) =>
    database.withoutPractice(async (tx) =>
      (await dueRefreshes(tx, at, { since, perServer, most: 100 })).map(({ connectionId }) => connectionId),
    );
  const ids = tokens.map(({ connectionId }) => connectionId);
  const wanted = new Set<string>([...ids, other.connectionId]);
  const mine = async (...given: Parameters<typeof due>) =>
    (await due(...given)).filter((id) => wanted.has(id));
  assert.deepEqual(await mine(3), [...ids.slice(0, 3), other.connectionId]);
  assert.deepEqual(await mine(9, later(31)), ids.slice(0, 2));

  const [first, second] = tokens;
  assert.ok(first && second);
  await database.withPractice(first.practice, (tx) =>
    saveFailedRefresh(tx, first.place, mark(), { code: 'throttled', failures: 1, notBefore: later(55) }, now),
  );
  assert.deepEqual(await mine(2), [...ids.slice(1, 3), other.connectionId]);
  const begun = {
    ...mark(),
    connectionId: second.connectionId,
    epoch: 1,
    fromVersion: 1,
    server,
    holder: 'x',
  };
  await database.withPractice(second.practice, (tx) =>
    insertAttemptStart(tx, second.practice, { ...begun, startedAt: later(49) }),
  );
  assert.deepEqual(await mine(2, later(50), later(48)), [ids[1], other.connectionId]);
  assert.deepEqual(await mine(2, later(52), later(50)), [...ids.slice(1, 3), other.connectionId]);
});

test('without a practice, and as another one, there are no tokens and no attempts', async () => {
  const { connectionId } = await newToken();
  const stranger = await newToken();
  assert.equal(await rowOf(stranger.practice, connectionId), undefined);
  assert.equal(await database.withoutPractice((tx) => readToken(tx, connectionId, 'none')), undefined);
  await database.withPractice(stranger.practice, async (tx) => {
    const place = { connectionId, epoch: 1, version: 1 };
    assert.equal(await saveRevoked(tx, place, now), false);
    assert.deepEqual(await tx('token').select('connection_id'), [{ connection_id: stranger.connectionId }]);
  });
});
