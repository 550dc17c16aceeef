import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { checkFloors, ruleNames } from '#test/check-floors.ts';

const root = resolve(import.meta.dirname, '../..');
type Files = Readonly<Record<string, string>>;

/** A house in which every kind of allowed import stands once. */
const sound: Files = {
  'src/main.ts':
    "import './observe/log.ts'; import type {} from 'node:net'; import 'node:http'; import './app.ts'; import '#config';",
  'src/app.ts': "import './adapters.ts'; import '#http/door.ts'; import '#jobs/clock.ts';",
  'src/adapters.ts': "import '../adapters/vendor/index.ts'; import '../adapters/variant/index.ts';",
  'src/config.ts': "import '#vault/secret.ts';",
  'src/cli/main.ts': "import '#config'; import '#scheduling/book.ts'; import '#domain/only-here.ts';",
  'src/demo/supervise.ts': "import 'node:child_process'; import '#simulator-kit/index.ts'; import '#config';",
  'src/demo/story.ts': 'fetch;',
  'src/store/embedded/server.ts': "import 'node:net'; import '@electric-sql/pglite';",
  'src/http/door.ts':
    "import 'express'; import 'node:http'; import '#scheduling/book.ts'; import '#fhir/slot.ts'; import '#store/table.ts';",
  'src/jobs/clock.ts': "import 'pg-boss'; import '#scheduling/book.ts';",
  'src/scheduling/book.ts':
    "import '#vault/secret.ts'; import '#egress/wall.ts'; import '#adapter-kit/index.ts'; import '#audit/event.ts';",
  'src/audit/event.ts': "import '#store/table.ts'; import '#vault/secret.ts';",
  'src/vault/secret.ts': "import 'node:crypto'; import '#store/table.ts'; import '#oauth/grant.ts';",
  'src/store/table.ts':
    "import knex from 'knex'; import type { Slot } from '@medplum/fhirtypes'; export type A = Slot; knex;",
  'src/observe/log.ts': "import '#scheduling/book.ts';",
  'src/oauth/grant.ts': "import '#domain/interval.ts';",
  'src/egress/wall.ts': "import 'undici'; import 'node:net'; import '#adapter-kit/index.ts';",
  'src/adapter-kit/index.ts': "import 'zod'; import '#fhir/slot.ts';",
  'src/adapter-kit/testing/conformance.ts': "import 'node:test'; import '#simulator-kit/index.ts';",
  'src/fhir/slot.ts': "import '#domain/interval.ts';",
  'src/domain/interval.ts': "import 'temporal-polyfill';",
  'src/domain/only-here.ts': '',
  'src/simulator-kit/index.ts': "import 'express'; import 'node:http';",
  'adapters/vendor/index.ts': "import '#adapter-kit/index.ts'; import './wire.ts';",
  'adapters/vendor/wire.ts': '',
  'adapters/vendor/simulator/main.ts': "import '#simulator-kit/index.ts';",
  'adapters/vendor/test/vendor.test.ts':
    "import '../index.ts'; import '../simulator/main.ts'; import 'fast-check'; import '#adapter-kit/testing/conformance.ts';",
  'adapters/variant/index.ts': "import '../vendor/index.ts';",
  'test/domain/interval.test.ts': "import '#domain/interval.ts'; import '#test/helper.ts';",
  'test/support/helper.ts': "import 'pg'; import '#app';",
};

/** One file that breaks one rule. */
const broken: readonly (readonly [rule: string, file: string, text: string])[] = [
  ['floor-domain', 'src/domain/a.ts', "import '#fhir/slot.ts';"],
  ['floor-fhir', 'src/fhir/a.ts', "import '#store/table.ts';"],
  ['floor-oauth', 'src/oauth/a.ts', "import '#vault/secret.ts';"],
  ['floor-adapter-kit', 'src/adapter-kit/a.ts', "import '#egress/wall.ts';"],
  ['floor-egress', 'src/egress/a.ts', "import type {} from '#scheduling/book.ts';"],
  ['floor-observe', 'src/observe/a.ts', "import '#http/door.ts';"],
  ['floor-store', 'src/store/a.ts', "import '#fhir/slot.ts';"],
  ['floor-vault', 'src/vault/a.ts', "import '#scheduling/book.ts';"],
  ['floor-audit', 'src/audit/a.ts', "import '#scheduling/book.ts';"],
  ['floor-scheduling', 'src/scheduling/a.ts', "import '../http/door.ts';"],
  ['floor-jobs', 'src/jobs/a.ts', "await import('#http/door.ts');"],
  ['floor-http', 'src/http/a.ts', "import '#egress/wall.ts';"],
  ['floor-simulator-kit', 'src/simulator-kit/a.ts', "import '#domain/interval.ts';"],
  ['adapter-sees-only-the-kit', 'adapters/vendor/a.ts', "import '#domain/interval.ts';"],
  ['adapter-sees-only-the-kit', 'adapters/vendor/b.ts', "import 'node:fs';"],
  ['adapter-sees-only-the-kit', 'adapters/vendor/c.ts', "import 'zod';"],
  [
    'adapter-sees-only-the-kit',
    'adapters/vendor/d.ts',
    "import '../../src/adapter-kit/testing/conformance.ts';",
  ],
  ['adapter-keeps-to-itself', 'adapters/variant/a.ts', "import '../vendor/wire.ts';"],
  ['adapter-does-not-know-its-simulator', 'adapters/vendor/e.ts', "import './simulator/main.ts';"],
  ['adapter-does-not-know-its-simulator', 'src/app2.ts', "import '../adapters/vendor/simulator/main.ts';"],
  ['simulator-does-not-know-its-adapter', 'adapters/vendor/simulator/a.ts', "import '../wire.ts';"],
  ['simulator-does-not-know-its-adapter', 'adapters/vendor/simulator/b.ts', "import '#domain/interval.ts';"],
  ['no-simulator-in-the-gateway', 'src/scheduling/b.ts', "import '#simulator-kit/index.ts';"],
  ['only-the-registry-knows-vendors', 'src/scheduling/c.ts', "import '../../adapters/vendor/index.ts';"],
  ['network-only-in-egress', 'src/scheduling/d.ts', "import 'undici';"],
  ['network-only-in-egress', 'src/http/b.ts', "import 'node:net';"],
  ['network-only-in-egress', 'src/vault/b.ts', "import { lookup } from 'node:dns/promises'; lookup;"],
  ['network-only-in-egress', 'src/jobs/b.ts', "import tls from 'tls'; tls;"],
  ['network-only-in-egress', 'src/oauth/b.ts', "process.getBuiltinModule('node:net');"],
  ['http-only-in-doors', 'src/scheduling/e.ts', "import { request } from 'node:https'; request;"],
  ['no-process-beside-ours', 'src/http/c.ts', "import { exec } from 'node:child_process'; exec;"],
  [
    'database-only-in-store',
    'src/scheduling/f.ts',
    "import type { Knex } from 'knex'; export type A = Knex;",
  ],
  ['database-only-in-store', 'src/jobs/c.ts', "import pg from 'pg'; pg;"],
  ['database-only-in-store', 'src/cli/a.ts', "import '@electric-sql/pglite';"],
  ['queue-only-in-jobs', 'src/http/d.ts', "import 'pg-boss';"],
  [
    'express-only-in-http',
    'src/scheduling/g.ts',
    "import type { Request } from 'express'; export type A = Request;",
  ],
  ['pure-stays-pure', 'src/domain/b.ts', "import { randomUUID } from 'node:crypto'; randomUUID;"],
  ['settings-come-in-as-arguments', 'src/egress/b.ts', "import '#config';"],
  ['settings-stand-on-nothing', 'src/config/a.ts', "import '#scheduling/book.ts';"],
  ['composition-is-not-a-library', 'src/http/e.ts', "import '#adapters';"],
  ['no-tests-in-the-house', 'src/http/f.ts', "import '#test/helper.ts';"],
  ['no-tests-in-the-house', 'src/http/g.ts', "import '#adapter-kit/testing/conformance.ts';"],
  ['no-development-package-at-run-time', 'src/store/b.ts', "import 'fast-check';"],
  ['no-unknown-module', 'src/store/c.ts', "import './nowhere.ts';"],
  ['no-unnamed-package', 'src/store/d.ts', "import 'tarn';"],
  ['no-circle', 'src/store/e.ts', "import type {} from './e2.ts';"],
  ['no-file-without-a-use', 'src/domain/c.ts', ''],
];

function house(...parts: readonly Files[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'postern-floors-'));
  after(() => rmSync(folder, { recursive: true }));
  for (const file of ['package.json', 'tsconfig.json']) cpSync(join(root, file), join(folder, file));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const [name, text] of parts.flatMap((files) => Object.entries(files))) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), `${text}\nexport {};\n`);
  }
  return folder;
}

test('a sound house is let be, every module of it seen', async () => {
  const { modules, violations } = await checkFloors(house(sound));
  assert.deepEqual(violations, []);
  assert.equal(modules, Object.keys(sound).length);
});

const planted = await checkFloors(
  house(sound, Object.fromEntries(broken.map(([, file, text]) => [file, text])), {
    'src/store/e2.ts': "import './e.ts';",
  }),
);
for (const [rule, file, text] of broken) {
  test(`${rule} catches ${text || 'an unused file'} in ${file}`, () => {
    const found = planted.violations.find((each) => each.rule === rule && each.from === file);
    assert.ok(
      found,
      `found for it: ${planted.violations.filter((each) => each.from === file).map((each) => each.rule)}`,
    );
    assert.match(found.say, /\.$/);
  });
}

test('every folder of the house has a floor or is an entrance', async () => {
  const rules = await ruleNames();
  for (const { name } of readdirSync(join(root, 'src'), { withFileTypes: true }).filter((each) =>
    each.isDirectory(),
  ))
    assert.ok(rules.includes(`floor-${name}`) || ['cli', 'demo', 'config'].includes(name), `src/${name}`);
});

test('every rule has a file here that breaks it', async () => {
  assert.deepEqual(new Set(await ruleNames()), new Set(broken.map(([rule]) => rule)));
});
