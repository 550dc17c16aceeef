import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import pg from 'pg';
import { openDatabase } from '#store/database.ts';
import { refuseUnsafeRole } from '#store/guard.ts';
import { migrate } from '#store/migrate.ts';
import { onServer } from '#test/database.ts';

/**
 * As in production: the owner is no superuser, so FORCE ROW LEVEL SECURITY binds it too. On the embedded database
 * everybody is superuser and there is nothing to see.
 */
if (onServer) {
  const name = `postern_owned_${process.pid}_${Date.now()}`;
  const server = new URL(process.env.TEST_DATABASE_URL ?? '');
  const admin = new pg.Client({ connectionString: server.href });
  await admin.connect();
  // Without inheritance: as a member of postern_dispatch it would see through that role's policies.
  await admin.query(`create role ${name} login noinherit nosuperuser password 'of-a-test'`);
  await admin.query(`do $$ begin
    if not exists (select from pg_roles where rolname = 'postern_dispatch') then create role postern_dispatch nologin; end if;
    if not exists (select from pg_roles where rolname = 'postern_app') then create role postern_app login; end if;
  end $$`);
  await admin.query(`grant postern_dispatch to ${name}`);
  await admin.query(`create database ${name} owner ${name}`);
  after(async () => {
    await admin.query(`drop database if exists ${name} with (force)`);
    await admin.query(`drop role if exists ${name}`);
    await admin.end();
  });
  const address = (user: string, password: string) => {
    const url = new URL(server);
    Object.assign(url, { username: user, password, pathname: `/${name}` });
    return url.href;
  };
  const owner = address(name, 'of-a-test');

  test('an owner without superuser rights migrates, and again without a change', async () => {
    assert.ok((await migrate(owner, 'server')).applied.length > 0);
    assert.deepEqual((await migrate(owner, 'server')).applied, []);
  });

  test('the gateway works there as postern_app, and the owner is refused', async () => {
    const practice = '01900000-0000-7000-8000-000000000001';
    const gateway = openDatabase({ url: address('postern_app', ''), kind: 'server' });
    const asOwner = openDatabase({ url: owner, kind: 'server' });
    try {
      await refuseUnsafeRole(gateway);
      await gateway.withPractice(practice, (tx) =>
        tx('practice').insert({ practice_id: practice, name: 'Cedar', time_zone: 'UTC', mode: 'sandbox' }),
      );
      const { rows } = await gateway.withoutPractice((tx) =>
        tx.raw('select practice_id from practice_ids()'),
      );
      assert.deepEqual(rows, [{ practice_id: practice }]);
      await assert.rejects(refuseUnsafeRole(asOwner), /Use postern_app/);
    } finally {
      await gateway.close();
      await asOwner.close();
    }
  });

  test('FORCE ROW LEVEL SECURITY binds the owner', async () => {
    const client = new pg.Client({ connectionString: owner });
    await client.connect();
    try {
      assert.deepEqual((await client.query('select practice_id from postern.practice')).rows, []);
    } finally {
      await client.end();
    }
  });
}
