import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDatabase } from '#store/database.ts';
import { refuseUnsafeRole } from '#store/guard.ts';
import { createTestDatabase, onServer } from '#test/database.ts';

const { database, ownerUrl, kind, asOwner } = await createTestDatabase();

test('the role of the gateway is let in, and so is the embedded database', () => refuseUnsafeRole(database));

if (onServer) {
  test('a superuser and owner of tables is refused, and the sentence says what to use', () =>
    assert.rejects(refuse(ownerUrl), /is a superuser, .*owns tables of Postern.*Use postern_app/));

  test('a role that has BYPASSRLS is refused', () =>
    assert.rejects(asRole('bypassrls', refuse), /which has BYPASSRLS\./));

  test('a role that has CREATEROLE is refused', () =>
    assert.rejects(asRole('createrole', refuse), /which has CREATEROLE\./));

  test('a role that may only become postern_app is let in', () => asRole('noinherit', refuse));
}

async function asRole(rights: string, work: (url: string) => Promise<void>): Promise<void> {
  const role = `guard_${rights}_${process.pid}`;
  await asOwner(`create role ${role} login ${rights} in role postern_app`);
  try {
    await work(Object.assign(new URL(ownerUrl), { username: role, password: '' }).href);
  } finally {
    await asOwner(`drop role ${role}`);
  }
}

async function refuse(url: string): Promise<void> {
  const opened = openDatabase({ url, kind });
  try {
    await refuseUnsafeRole(opened);
  } finally {
    await opened.close();
  }
}
