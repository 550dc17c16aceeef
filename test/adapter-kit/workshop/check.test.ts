import assert from 'node:assert/strict';
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { kit } from '#adapters';
import { loadAdapter } from '../../../src/adapter-kit/outside/load.ts';
import { cardText } from '../../../src/adapter-kit/testing/check/card-text.ts';
import { findAdapter } from '../../../src/adapter-kit/testing/check/find-adapter.ts';
import { isLongEnough } from '../../../src/adapter-kit/testing/check/quiet-period.ts';
import { readCode } from '../../../src/adapter-kit/testing/check/read-code.ts';
import { makeReportCard } from '../../../src/adapter-kit/testing/check/report-card.ts';
import { newStarter } from './house.ts';

/**
 * What an adapter must not do, the rule of the reading that finds it, and whether a resolve hook refuses it when it is
 * loaded: an import it can, a global it cannot.
 */
const planted: readonly (readonly [line: string, rule: string, atLoad: 'refused' | 'loaded'])[] = [
  ["await fetch('data:text/plain,x');", 'network', 'loaded'],
  ['export const ask = () => new WebSocket("wss://emr.example");', 'network', 'loaded'],
  ['export const ask = () => new EventSource("https://emr.example");', 'network', 'loaded'],
  ['export const ask = () => new XMLHttpRequest();', 'network', 'loaded'],
  ["export const ask = globalThis['fet' + 'ch'];", 'globals', 'loaded'],
  ['export const home = process.env.HOME;', 'process', 'loaded'],
  ["export const net = process.getBuiltinModule('net');", 'process', 'loaded'],
  ["export const two = eval('1 + 1');", 'code-from-text', 'loaded'],
  ["export const two = new Function('return 2');", 'code-from-text', 'loaded'],
  ["export const two = (() => {}).constructor('return 2');", 'code-from-text', 'loaded'],
  ['export const at = Date.now();', 'own-clock', 'loaded'],
  ['export const at = new Date();', 'own-clock', 'loaded'],
  ['setTimeout(() => {}, 0);', 'own-clock', 'loaded'],
  ["console.log('x');", 'printing', 'loaded'],
  ["import 'node:fs';", 'import', 'refused'],
  ["import { readFile } from 'fs/promises';\nexport { readFile };", 'import', 'refused'],
  ["export { request } from 'node:https';", 'import', 'refused'],
  [
    "import { createRequire } from 'node:module';\ncreateRequire(import.meta.url)('fs');",
    'import',
    'refused',
  ],
  ["import '../other/index.js';", 'import', 'refused'],
  ["import 'undici';", 'import', 'refused'],
  ["import 'data:text/javascript,export default 1';", 'import', 'refused'],
  ["import './elsewhere.js';", 'import', 'refused'],
  ["await import('node:' + 'fs');", 'import', 'refused'],
  ["import './conformance.js';", 'import', 'loaded'],
];

for (const [line, rule, atLoad] of planted)
  test(`the check finds ${line.split('\n')[0]}, which is ${atLoad} in a gateway`, async () => {
    const folder = await newStarter('acme', 'rest', 'outside');
    await mkdir(join(folder, '../other'));
    await writeFile(join(folder, '../other/index.js'), 'export default () => 1;\n');
    if (line.includes('elsewhere'))
      await symlink(join(folder, '../other/index.js'), join(folder, 'elsewhere.js'));
    // As it stands in a gateway, which has no use for the conformance run and so loads nothing else.
    await writeFile(join(folder, 'conformance.js'), 'export {};\n');
    const file = join(folder, 'routes.js');
    await writeFile(file, `${line}\n${await readFile(file, 'utf8')}`);

    const { findings } = readCode(folder, 'outside');
    assert.ok(
      findings.some((each) => each.startsWith('routes.js:') && each.includes(` ${rule}: `)),
      `found: ${findings.join('\n')}`,
    );
    const loading = loadAdapter(folder, kit);
    if (atLoad === 'loaded') assert.equal((await loading).id, 'acme');
    else
      await assert.rejects(
        loading,
        /^ReachedOutside: routes\.js imports ".*", (which is not in the adapter's folder|a part of Node, which an adapter may not use)\./,
      );
  });

test('a well-behaved adapter is let be, with a package in its own folder too', async () => {
  const folder = await newStarter('acme', 'rest', 'outside');
  const own = join(folder, 'node_modules/intervals');
  await mkdir(own, { recursive: true });
  await writeFile(join(own, 'package.json'), '{"name":"intervals","type":"module","main":"index.js"}');
  await writeFile(join(own, 'index.js'), 'export const length = (from, to) => to - from;\n');
  const file = join(folder, 'routes.js');
  const used = "import { length } from 'intervals';\nexport const fetching = { fetch: length(1, 2) };\n";
  await writeFile(file, used + (await readFile(file, 'utf8')));
  assert.deepEqual(readCode(folder, 'outside'), { files: 3, findings: [], packages: ['intervals'] });
  assert.equal((await loadAdapter(folder, kit)).id, 'acme');
});

test('an adapter of the repository may import a base adapter, and no other file of another one', async () => {
  const folder = await newStarter('acme', 'fhir', 'repository');
  assert.deepEqual(readCode(folder, 'repository').findings, []);
  for (const line of [
    "import '../fhir-r4/routes.ts';",
    "import '#egress/index.ts';",
    "import 'zod';",
    "import './test/server.ts';",
    "import '../../src/app.ts';",
  ]) {
    await writeFile(join(folder, 'planted.ts'), `${line}\n`);
    const { findings } = readCode(folder, 'repository');
    assert.equal(findings.length, 1, line);
    assert.match(findings[0] ?? '', /^planted\.ts:1 import: /);
  }
});

/** One change to a sound adapter's files, and the sentence of its report card. */
const wrong: readonly (readonly [what: string, file: string, from: string, to: string, says: RegExp])[] = [
  [
    'declares what it does not do',
    'index.js',
    'cancel: false',
    'cancel: true, book: true',
    /^The case ".*" fails\.$/,
  ],
  [
    'does what it has not declared',
    'operations.js',
    'cancel: unsupported',
    'cancel: async () => {}',
    /^The case "what is not declared is refused and nothing is sent" fails\.$/,
  ],
  [
    'names a route that nothing needs',
    'routes.js',
    'return {',
    "return {\n    spare: { ...read, template: '/spare', response: 'empty' },",
    /^No case needs the route spare/,
  ],
  [
    'waives a case without a reason',
    'conformance.js',
    "timeZone: 'America/Denver',",
    "timeZone: 'America/Denver',\n    waivers: { 'what is past is not offered': ' ' },",
    /^The case "what is past is not offered" is waived without a reason\.$/,
  ],
];
for (const [what, file, from, to, says] of wrong)
  test(`the card of an adapter that ${what} is not good`, async () => {
    const folder = await newStarter('acme', 'rest', 'outside');
    const text = await readFile(join(folder, file), 'utf8');
    assert.ok(text.includes(from));
    await writeFile(join(folder, file), text.replace(from, to));
    const { problems } = await makeReportCard(await findAdapter(folder, folder));
    assert.ok(
      problems.some((sentence) => says.test(sentence)),
      problems.join('\n'),
    );
  });

test('a card with cases that fail does not advise to take routes out', async () => {
  const folder = await newStarter('acme', 'rest', 'outside');
  const file = join(folder, 'routes.js');
  const text = await readFile(file, 'utf8');
  const spare = "return {\n    spare: { ...read, template: '/spare', response: 'empty' },";
  await writeFile(file, text.replace('return {', spare));
  const index = join(folder, 'index.js');
  await writeFile(
    index,
    (await readFile(index, 'utf8')).replace('cancel: false', 'cancel: true, book: true'),
  );
  const card = await makeReportCard(await findAdapter(folder, folder));
  assert.ok(card.problems.some((sentence) => sentence.startsWith('The case')));
  for (const said of [card.problems.join('\n'), cardText(card)])
    assert.ok(!said.includes('route spare'), said);
});

test('an import of Node is named as one, and a single place as one place', async () => {
  const folder = await newStarter('acme', 'rest', 'outside');
  const file = join(folder, 'routes.js');
  await writeFile(file, `import 'node:fs';\n${await readFile(file, 'utf8')}`);
  const { findings } = readCode(folder, 'outside');
  const finding = 'routes.js:1 import: This is a part of Node, which an adapter may not use.';
  assert.deepEqual(findings, [finding]);
  const memory = fileURLToPath(new URL('../../../adapters/memory', import.meta.url));
  const card = await makeReportCard(await findAdapter(memory, memory));
  const text = cardText({ ...card, code: { ...card.code, findings } });
  assert.match(text, /1 place reaches around the kit:/);
});

test('an adapter outside the repository that nobody holds against an EMR is not good', async () => {
  const folder = await newStarter('acme', 'rest', 'outside');
  await rm(join(folder, 'conformance.js'));
  const { problems } = await makeReportCard(await findAdapter(folder, folder));
  assert.deepEqual(problems, ['There is no conformance.js, so nothing was played.']);
});

test('the card shows all that the wall would let out, and how long a late write took', async () => {
  const folder = fileURLToPath(new URL('../../../adapters/memory', import.meta.url));
  const { wall, played, problems } = await makeReportCard(await findAdapter(folder, folder));
  assert.deepEqual(problems, []);
  assert.deepEqual(
    wall.find(({ route }) => route === 'makeVisit'),
    {
      route: 'makeVisit',
      effect: 'write',
      method: 'POST',
      template: '/visits',
      path: {},
      query: {},
      body: ['staff', 'room', 'start', 'minutes', 'person', 'note'],
      timeoutMs: 5_000,
      maxResponseBytes: 65_536,
    },
  );
  const { declaredSeconds, late = [] } = played[0]?.quiet ?? {};
  assert.equal(declaredSeconds, 5);
  assert.deepEqual(
    late.map(({ byMs, seenAfterMs = 0 }) => seenAfterMs >= byMs - 20),
    [true, true, true],
  );
});

test('a quiet period that is shorter than a write can be late is found', () => {
  const late = [{ byMs: 1_200, seenAfterMs: 1_230 }];
  const measured = { late, longestWriteMs: 5_000 };
  assert.equal(isLongEnough({ ...measured, declaredSeconds: 1 }), false);
  assert.equal(isLongEnough({ ...measured, declaredSeconds: 2 }), true);
  assert.equal(
    isLongEnough({ declaredSeconds: 120, late: [{ byMs: 1, seenAfterMs: undefined }], longestWriteMs: 1 }),
    false,
  );
});

test('what is not JavaScript is named with its line', async () => {
  const folder = await newStarter('acme', 'rest', 'outside');
  await writeFile(join(folder, 'routes.js'), 'export const createRoutes = () => ({\n  a: 1,,\n});\n');
  await assert.rejects(findAdapter(folder, folder), /^Error: routes\.js:2: /);
});
