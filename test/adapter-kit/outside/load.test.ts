import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { adapters, installedAdapters } from '#adapters';
import { readConfig } from '#config';
import { memory } from '../../../adapters/memory/index.ts';
import { contractProblems } from '../../../src/adapter-kit/outside/shape.ts';
import { startConnectGateway } from '../../http/connect/support.ts';
import { newStarter } from '../workshop/house.ts';

const start = resolve(import.meta.dirname, '../../../src/start.js');

/** A folder in which one adapter stands by itself and another one is installed as a package. */
async function installation(): Promise<string> {
  const loose = await newStarter('acme', 'rest', 'outside');
  const packed = await newStarter('green-field', 'fhir', 'outside');
  const house = dirname(loose);
  await mkdir(join(house, 'node_modules/@vendor'), { recursive: true });
  await rename(packed, join(house, 'node_modules/@vendor/postern-adapter-green-field'));
  return house;
}
const named = ['./acme', '@vendor/postern-adapter-green-field'];

const house = await installation();
const installed = await installedAdapters(named, house);
const gateway = await startConnectGateway(installed);

/** What a process says that is started with these adapters, in a folder. */
function run(words: readonly string[], list: string, cwd: string): Promise<{ code: number; said: string }> {
  const { PATH = '' } = process.env;
  const env = {
    PATH,
    POSTERN_ADAPTERS: list,
    POSTERN_STATE_DIR: join(cwd, 'state'),
    PORT: '0',
    OPERATOR_PORT: '0',
  };
  return new Promise((done) => {
    execFile(process.execPath, [start, ...words], { cwd, env }, (error, stdout, stderr) =>
      done({ code: typeof error?.code === 'number' ? error.code : 0, said: stdout + stderr }),
    );
  });
}

test('a folder and a package are loaded beside the adapters that are built in', () => {
  assert.deepEqual(
    installed.adapters.map(({ id }) => id),
    [...adapters.map(({ id }) => id), 'acme', 'green-field'],
  );
  assert.equal(installed.folders.get('acme'), join(house, 'acme'));
});

test('a started gateway knows them, and shows the guide that stands in their own folder', async () => {
  for (const id of ['acme', 'green-field']) {
    assert.equal(gateway.gateway.scheduling.emr.adapterOf(id).id, id);
    const guide = await fetch(`${gateway.url}/connect/guide/${id}`);
    assert.equal(guide.status, 200);
    assert.match(await guide.text(), /What a practice has to do at its EMR/);
  }
  const unknown = await fetch(`${gateway.url}/connect/guide/nobody`);
  assert.doesNotMatch(await unknown.text(), /What a practice has to do/);
});

test('postern adapters lists them', async () => {
  const { code, said } = await run(['postern', 'adapters'], named.join(', '), house);
  assert.equal(code, 0, said);
  assert.match(said, /^acme +Acme +key +yes +gateway +no /m);
  assert.match(said, /^green-field +Green Field +consent +yes +gateway +yes /m);
});

/** What is wrong with an index.js, and how the sentence about it ends. */
const broken: readonly (readonly [what: string, text: string, says: RegExp])[] = [
  [
    'imports a module of Node',
    "import 'node:fs';\n",
    /: index\.js imports "node:fs", a part of Node, which an adapter may not use\./,
  ],
  [
    'imports one later',
    "export default () => import('node:' + 'fs');\n",
    /: index\.js imports "node:fs", a part of Node/,
  ],
  ['is not JavaScript', 'export default (kit) => {\n', /: it is not JavaScript: Unexpected end of input\.$/],
  ['has no default export', 'export const adapter = 1;\n', /: its module has no function as default export/],
  ['throws', "export default () => { throw new Error('No, thanks.'); };\n", /: No, thanks\.$/],
  ['gives no adapter', 'export default () => ({});\n', /: it is not an adapter: id: .*operations: /],
  [
    'lacks an operation',
    'export default ({ fhir }) => ({ ...fhir.fhirR4, id: "acme", operations: { ...fhir.fhirR4.operations, cancel: undefined } });\n',
    /: it is not an adapter: operations\.cancel: has to be a function; what the EMR cannot do is declared/,
  ],
  [
    'has a route that defineAdapter refuses',
    'export default ({ fhir, defineAdapter }) => defineAdapter({ ...fhir.fhirR4, id: "acme", routes: { a: { ...fhir.fhirR4.routes.metadata, template: "/{x}" } } });\n',
    /: Route acme\/a: template and path grammars do not name the same segments\.$/,
  ],
  [
    'takes the id of a built-in one',
    'export default ({ fhir }) => fhir.fhirR4;\n',
    /: its id "fhir-r4" is taken by another adapter\.$/,
  ],
];
for (const [what, text, says] of broken)
  test(`an adapter that ${what} is one sentence`, async () => {
    const folder = await newStarter('acme', 'rest', 'outside');
    await writeFile(join(folder, 'index.js'), text);
    await assert.rejects(installedAdapters(['./acme'], dirname(folder)), (error: Error) => {
      assert.match(error.message, /^POSTERN_ADAPTERS: \.\/acme cannot be used: [^\n]*$/);
      assert.match(error.message, says);
      return true;
    });
  });

test('what is named and not there is one sentence, and so is one id twice', async () => {
  const folder = await newStarter('acme', 'rest', 'outside');
  const from = dirname(folder);
  const [absent, missing, empty] = ['./nobody', 'postern-adapter-nobody', './empty'];
  await mkdir(join(from, 'empty'));
  await symlink(folder, join(from, 'again'));
  const refusals: readonly (readonly [readonly string[], string])[] = [
    [[absent], `${absent} cannot be used: there is no such folder.`],
    [[missing], `${missing} cannot be used: no such package is installed in ${from}.`],
    [
      [empty],
      `${empty} cannot be used: there is no index.js in it; package.json can name another file as "main".`,
    ],
    [['./acme', './again'], './again cannot be used: its id "acme" is taken by another adapter.'],
  ];
  for (const [names, says] of refusals)
    await assert.rejects(installedAdapters(names, from), { message: `POSTERN_ADAPTERS: ${says}` });
});

test('a file that is loaded first has to stand in the folder, wherever a link leads', async () => {
  const folder = await newStarter('acme', 'rest', 'outside');
  const elsewhere = join(dirname(folder), 'elsewhere.js');
  await writeFile(elsewhere, await readFile(join(folder, 'index.js'), 'utf8'));
  await symlink(elsewhere, join(folder, 'linked.js'));
  for (const main of ['../elsewhere.js', 'linked.js']) {
    await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module', main }));
    await assert.rejects(installedAdapters(['./acme'], dirname(folder)), {
      message: `POSTERN_ADAPTERS: ./acme cannot be used: ${main} is not in its folder.`,
    });
  }
});

test('a gateway with a broken adapter does not start, and neither does the command line', async () => {
  const folder = await newStarter('acme', 'rest', 'outside');
  await writeFile(join(folder, 'index.js'), "import 'node:net';\n");
  for (const words of [['gateway'], ['postern', 'adapters']]) {
    const { code, said } = await run(words, './acme', dirname(folder));
    assert.equal(code, 1, said);
    assert.match(
      said,
      /^POSTERN_ADAPTERS: \.\/acme cannot be used: index\.js imports "node:net", .*nothing else\.$/m,
    );
  }
});

test('the setting takes folders and packages, and says what else it was given', () => {
  const read = (text: string) => readConfig({ NODE_ENV: 'test', POSTERN_ADAPTERS: text }).adapters;
  assert.deepEqual(read(''), []);
  assert.deepEqual(read('./a, ../b,/c, @d/e'), ['./a', '../b', '/c', '@d/e']);
  for (const text of ['a b', './a,', 'https://example.org/a', 'adapters/a', '@d'])
    assert.throws(
      () => read(text),
      /POSTERN_ADAPTERS has to list folders \(\.\/acme or \/srv\/acme\) or names/,
    );
  assert.throws(() => read('./a, ./a'), /POSTERN_ADAPTERS names an adapter twice\./);
});

test('every adapter of the repository has all parts of the contract', () => {
  for (const adapter of [...adapters, memory]) assert.deepEqual(contractProblems(adapter), [], adapter.id);
});
