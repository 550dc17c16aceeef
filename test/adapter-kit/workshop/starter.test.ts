import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import ts from 'typescript';
import { cardText } from '../../../src/adapter-kit/testing/check/card-text.ts';
import { findAdapter } from '../../../src/adapter-kit/testing/check/find-adapter.ts';
import { makeReportCard } from '../../../src/adapter-kit/testing/check/report-card.ts';
import type { Base, Home } from '../../../src/adapter-kit/testing/starter/files.ts';
import { newStarter, temporaryFolder, typeCheck, typeNew } from './house.ts';

const kinds: readonly (readonly [base: Base, home: Home, least: number])[] = [
  ['rest', 'outside', 25],
  ['rest', 'repository', 25],
  ['fhir', 'outside', 70],
  ['fhir', 'repository', 70],
];

for (const [base, home, least] of kinds)
  test(`a new adapter (${base}, ${home}) passes its conformance cases as it is`, async () => {
    const folder = await newStarter('green-field', base, home);
    const card = await makeReportCard(await findAdapter(folder, folder));
    assert.deepEqual(card.problems, []);
    assert.deepEqual([card.id, card.title, card.home], ['green-field', 'Green Field', home]);
    const [played, ...others] = card.played;
    assert.deepEqual(others, []);
    assert.ok((played?.passed.length ?? 0) >= least, `${played?.passed.length} cases`);
    assert.match(cardText(card), /\nGood\.$/);
  });

for (const base of ['rest', 'fhir'] as const)
  test(`an editor has nothing to say about a new adapter outside the repository (${base}), and knows its types`, async () => {
    const folder = await newStarter('green-field', base, 'outside');
    assert.deepEqual(typeErrors(folder), []);
    const index = join(folder, 'index.js');
    await writeFile(index, (await readFile(index, 'utf8')).replace("title: 'Green Field'", 'title: 7'));
    assert.match(typeErrors(folder).join('\n'), /'number' is not assignable to type 'string'/);
  });

function typeErrors(folder: string): readonly string[] {
  const file = join(folder, 'jsconfig.json');
  const { config } = ts.readConfigFile(file, ts.sys.readFile);
  const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, folder);
  const program = ts.createProgram(fileNames, options);
  return fileNames
    .flatMap((name) => program.getSemanticDiagnostics(program.getSourceFile(name)))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

test('adapter:new says what to do next, and adapter:check is the first of it', async () => {
  const house = await temporaryFolder();
  const { code, said } = await typeNew(['acme', '--base', 'rest', '--into', 'acme'], house);
  assert.equal(code, 0);
  assert.match(said, /1\. npm run adapter:check -- acme\n/);
  assert.match(said, /POSTERN_ADAPTERS=/);
  const checked = await typeCheck(['acme'], house);
  assert.deepEqual([checked.code, checked.said.endsWith('\nGood.\n')], [0, true], checked.said);
});

test('the card is there for programs too', async () => {
  const folder = await newStarter('acme', 'rest', 'outside');
  const { code, said } = await typeCheck([folder, '--json'], folder);
  assert.equal(code, 0);
  const card = JSON.parse(said);
  assert.deepEqual(card.problems, []);
  assert.deepEqual(card.undeclared.includes('book'), true);
  assert.deepEqual(
    card.wall.find(({ route }: { route: string }) => route === 'hours').query.from.endsWith('always'),
    true,
  );
});

test('adapter:new writes over nothing, and says what a name has to be like', async () => {
  const house = await temporaryFolder();
  await mkdir(join(house, 'acme'));
  await assert.rejects(typeNew(['acme', '--base', 'rest', '--into', 'acme'], house), {
    message: `${join(house, 'acme')} is there already; nothing was written.`,
  });
  for (const words of [[], ['acme'], ['acme', '--base', 'soap'], ['acme', 'two', '--base', 'rest']]) {
    const { code, said } = await typeNew(words, house);
    assert.equal(code, 2);
    assert.match(said, /^Use: npm run adapter:new/);
  }
  for (const id of ['Acme', 'acme_two', 'a', '../acme', 'acme-']) {
    const { code, said } = await typeNew([id, '--base', 'rest', '--into', 'other'], house);
    assert.equal(code, 2, id);
    assert.match(said, /is not kebab-case/);
  }
  assert.ok(!existsSync(join(house, 'other')));
});
