import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { createTestDatabase } from '#test/database.ts';
import { describeSchema } from '#test/schema.ts';

const { asOwner } = await createTestDatabase();
const written = await readFile(new URL('schema.sql', import.meta.url), 'utf8');

test('test/db/schema.sql is what the migrations make (if not: npm run schema:dump, and read what changed)', async () => {
  const found = await describeSchema(asOwner);
  const [now, then] = [found.split('\n'), written.split('\n')];
  assert.deepEqual(
    {
      added: now.filter((line) => !then.includes(line)),
      removed: then.filter((line) => !now.includes(line)),
    },
    { added: [], removed: [] },
  );
  assert.ok(found === written, 'The same lines, in another order.');
});

test('a column, a policy and a privilege that a migration adds would show', async () => {
  await asOwner(`alter table claim add planted text; create policy planted on claim for select using (true);
    grant truncate on claim to postern_app`);
  const changed = await describeSchema(asOwner);
  for (const line of ['  planted text,', 'create policy planted on claim for select to public using true;'])
    assert.ok(changed.includes(line) && !written.includes(line), line);
  assert.match(changed, /grant delete, insert, select, truncate, update on claim to postern_app/);
});
