import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drchrono } from '../index.ts';
import { settings } from '../settings.ts';
import { knownStatuses } from '../wire.ts';
import { documents } from './documents.ts';
import { unneededRoutes } from './exemptions.ts';

const { readme, connect } = documents;

test('the README names every route, every status, and every setting with its default', () => {
  const rows = Object.entries(settings.parse({})).map(
    ([name, value]) => `| \`${name}\` |${value === '' ? '' : ` ${value}`} |`,
  );
  for (const text of [...rows, ...Object.keys(drchrono.routes).map((name) => `\`${name}\``)])
    assert.ok(readme.includes(text), text);
  for (const status of knownStatuses) assert.ok(readme.includes(`\`${status || '""'}\``), status);
});

test('the README says of every route that no conformance case needs why that is', () => {
  for (const [route, reason] of Object.entries(unneededRoutes))
    assert.ok(readme.includes(`- \`${route}\`: ${reason}\n`), route);
});

test('the README names every setting that the probe learns, quota and lag as they are declared', () => {
  const { quota, readAfterWriteMs, changes, quietSeconds } = drchrono.capabilities;
  for (const text of [
    `${quota?.calls} calls an hour`,
    `${readAfterWriteMs / 1000} seconds`,
    `every ${changes?.everyMinutes} minutes`,
    `${quietSeconds} s`,
  ])
    assert.ok(readme.includes(text), text);
});

test('CONNECT.md names for the operator every scope with the routes it is for, and every event', () => {
  const rows = [...connect.matchAll(/^\| `([a-z:]+)` \| ([^|]+) \|$/gm)];
  assert.deepEqual(
    rows.map(([, scope]) => scope),
    drchrono.authorization.scopes.ask.plain,
  );
  const named = rows.flatMap(([, , cell = '']) => [...cell.matchAll(/`(\w+)`/g)].map(([, route]) => route));
  assert.deepEqual([...new Set(named)].sort(), Object.keys(drchrono.routes).sort());
  for (const event of drchrono.webhooks.events) assert.ok(connect.includes(`\`${event}\``), event);
});
