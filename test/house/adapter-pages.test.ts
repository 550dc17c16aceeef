import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { abilityTable } from '#adapter-kit/abilities.ts';
import { adapters } from '#adapters';
import { capabilityStatement } from '#fhir/capability-statement.ts';
import { interactions } from '#fhir/interaction.ts';
import { assertValidFhir } from '#test/fhir-validation.ts';
import { command, madePages } from '#test/make-adapter-pages.ts';

const root = resolve(import.meta.dirname, '../..');

for (const [page, made] of madePages())
  test(`what is made of ${page} is as it would be made now`, () => {
    assert.ok(readFileSync(resolve(root, page), 'utf8') === made, `${page} is behind. Run: ${command}`);
  });

test('the table has a row for each adapter that is built in, and says yes where it is declared', () => {
  const rows = abilityTable(adapters).split('\n').slice(2);
  assert.equal(rows.length, adapters.length);
  for (const [index, { title, id, capabilities }] of adapters.entries()) {
    const [, emr, , find, book] = (rows[index] ?? '').split('|').map((cell) => cell.trim());
    assert.equal(emr, `${title} (\`${id}\`)`);
    assert.deepEqual([find === 'yes', book === 'yes'], [capabilities.find, capabilities.book]);
  }
});

test('the CapabilityStatement holds the table and is valid with it', () => {
  const emrs = abilityTable(adapters);
  const server = {
    version: '0.1.0',
    base: 'https://gateway.example.org/fhir/R4',
    tokenEndpoint: 'https://gateway.example.org/oauth/token',
    date: '2026-11-21',
    emrs,
  };
  const statement = capabilityStatement(server, interactions);
  assertValidFhir(statement);
  const said = statement.rest?.[0]?.documentation ?? '';
  assert.ok(said.includes(emrs));
  // What stood there before stays.
  const { emrs: _, ...without } = server;
  assert.ok(said.startsWith(capabilityStatement(without, interactions).rest?.[0]?.documentation ?? '?'));
});
