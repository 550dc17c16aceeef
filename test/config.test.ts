import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { inspect } from 'node:util';
import { ConfigError, readConfig, variables } from '#config';

const ring = `1:${Buffer.alloc(32, 7).toString('base64')}`;
const production = {
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://postern.example',
  POSTERN_TLS: 'proxy',
  DATABASE_URL: 'postgres://postern_app:hunter2@db.example/postern?sslmode=verify-full',
  POSTERN_KEYS: ring,
  AUDIT_CHECKPOINT_DIR: '/var/lib/checkpoints',
  TOKEN_SPILL_DIR: '/var/lib/spill',
};
type Environment = Record<string, string | undefined>;

function problemsOf(environment: Environment, purpose?: 'gateway' | 'demo'): readonly string[] {
  try {
    readConfig(environment, purpose);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    for (const problem of error.problems) assert.ok(error.message.includes(problem));
    return error.problems;
  }
  return [];
}

test('an empty environment runs the demo on loopback and says aloud what is not safe about it', () => {
  const config = readConfig({}, 'demo');
  assert.deepEqual(config.listen, { host: '127.0.0.1', port: 8080 });
  assert.equal(config.publicUrl, 'http://127.0.0.1:8080');
  assert.equal(config.database.kind, 'embedded');
  assert.equal(config.keys.kind, 'generated');
  assert.equal(config.simulators, true);
  assert.deepEqual(
    config.warnings.map((warning) => warning.split(' ')[0]),
    ['DATABASE_URL', 'POSTERN_KEYS'],
  );
});

test('a complete production environment is accepted without a warning and without simulators', () => {
  const config = readConfig(production);
  assert.equal(config.production, true);
  assert.equal(config.simulators, false);
  assert.deepEqual(config.tls, { kind: 'proxy', trusted: ['loopback'] });
  assert.deepEqual(config.warnings, []);
});

test('all problems are named at once', () => {
  assert.deepEqual(
    problemsOf({ PORT: '80800', LOG_LEVEL: 'loud', TRUSTED_PROXY: 'anyone', POSTERN_KEYS: '1:short' }).map(
      (problem) => problem.split(' ')[0],
    ),
    ['PORT', 'TRUSTED_PROXY', 'POSTERN_KEYS', 'LOG_LEVEL'],
  );
});

const refusedInProduction: readonly [string, Environment, RegExp][] = [
  ['generated keys', { POSTERN_KEYS: '' }, /POSTERN_KEYS is missing/],
  ['simulators', { POSTERN_SIMULATORS: 'on' }, /POSTERN_SIMULATORS=on is refused/],
  ['the embedded database', { DATABASE_URL: '' }, /DATABASE_URL is missing/],
  ['a database without TLS', { DATABASE_URL: 'postgres://a:b@db.example/p' }, /needs sslmode=verify-full/],
  [
    'a database whose certificate is not checked',
    { DATABASE_URL: 'postgres://a:b@db.example/p?sslmode=require' },
    /needs sslmode=verify-full/,
  ],
  [
    'an owner address without TLS',
    { DATABASE_OWNER_URL: 'postgres://o:b@10.0.0.5/p' },
    /DATABASE_OWNER_URL needs sslmode=verify-full/,
  ],
  [
    'the superuser',
    { DATABASE_URL: 'postgres://postgres:b@localhost/p' },
    /DATABASE_URL names the superuser/,
  ],
  [
    'the owner as the application',
    {
      DATABASE_URL: 'postgres://o:b@localhost/p',
      DATABASE_OWNER_URL: 'postgres://o:c@localhost/p',
    },
    /name the same user/,
  ],
  ['no public address', { PUBLIC_URL: '' }, /PUBLIC_URL is missing/],
  ['a plain public address', { PUBLIC_URL: 'http://postern.example' }, /PUBLIC_URL has to begin with https/],
  ['plain HTTP without a declared proxy', { POSTERN_TLS: '' }, /POSTERN_TLS has to say/],
  ['plain HTTP declared as such', { POSTERN_TLS: 'none' }, /POSTERN_TLS has to say/],
  [
    'renewed tokens on a disk that goes with the process',
    { TOKEN_SPILL_DIR: '' },
    /TOKEN_SPILL_DIR is missing/,
  ],
  ['debug output of libraries', { DEBUG: '*' }, /DEBUG is refused/],
  ['an audit checkpoint beside the rest', { AUDIT_CHECKPOINT_DIR: '' }, /AUDIT_CHECKPOINT_DIR is missing/],
  ['shorter quiet periods', { POSTERN_PROTOCOL: '{"quietMs":1}' }, /POSTERN_PROTOCOL is refused/],
  ['a plain EMR', { OPEN_DENTAL_ORIGIN: 'http://127.0.0.1:9000' }, /OPEN_DENTAL_ORIGIN has to begin/],
  ['silence', { LOG_LEVEL: 'silent' }, /LOG_LEVEL=silent is refused/],
];
for (const [what, change, words] of refusedInProduction) {
  test(`production refuses ${what}`, () => {
    const problems = problemsOf({ ...production, ...change });
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? '', words);
  });
}

test('production refuses demo practices', () => {
  assert.match(problemsOf(production, 'demo').join(), /refuses demo practices/);
});

test('production refuses the keys that a start for trying made, even when they are named', () => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-config-'));
  after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'keys'), ring);
  writeFileSync(join(folder, 'ring'), ring);
  const named = (file: string) =>
    problemsOf({ ...production, POSTERN_STATE_DIR: folder, POSTERN_KEYS: join(folder, file) });
  assert.match(named('keys').join(), /a start for trying made/);
  assert.deepEqual(named('ring'), []);
});

const harmlessDatabases = [
  'postgres://postern_app:x@localhost/postern',
  'postgres://postern_app:x@127.0.0.1:5433/postern',
  'postgres://postern_app:x@[::1]/postern',
  'postgres://postern_app:x@%2Fvar%2Frun%2Fpostgresql/postern',
];
for (const url of harmlessDatabases) {
  test(`production takes ${url} without TLS`, () =>
    assert.deepEqual(problemsOf({ ...production, DATABASE_URL: url }), []));
}

const refusedEverywhere: readonly [string, Environment, RegExp][] = [
  ['a misspelt setting of ours', { POSTERN_KEY: ring }, /^POSTERN_KEY is no setting/],
  ['an operator listener that others reach', { OPERATOR_HOST: '0.0.0.0' }, /never public/],
  ['an address for others without a public name', { HOST: '0.0.0.0' }, /PUBLIC_URL is needed/],
  ['TLS without its files', { POSTERN_TLS: 'files' }, /both needed/],
  ['TLS files that nobody uses', { POSTERN_TLS_KEY: 'k.pem' }, /used only with POSTERN_TLS=files/],
  [
    'a trusted proxy without a declared one',
    { TRUSTED_PROXY: 'loopback' },
    /used only with POSTERN_TLS=proxy/,
  ],
  ['an owner without the application', { DATABASE_OWNER_URL: 'postgres://o@h/p' }, /DATABASE_URL is missing/],
  ['a plain EMR far away', { OPEN_DENTAL_ORIGIN: 'http://emr.example' }, /https/],
  [
    'a host hidden in the options',
    { DATABASE_URL: 'postgres://a@localhost/p?host=evil' },
    /only these options/,
  ],
  ['an option given twice', { DATABASE_URL: 'postgres://a@h/p?sslmode=a&sslmode=b' }, /only these options/],
  ['words as protocol', { POSTERN_PROTOCOL: '{"quietMs":"long"}' }, /JSON object of numbers/],
];
for (const [what, environment, words] of refusedEverywhere) {
  test(`a start is refused for ${what}`, () => assert.match(problemsOf(environment).join('\n'), words));
}

test('no message and no printed configuration repeats a secret', () => {
  const canary = 'c4nary-9f27';
  const broken: Environment = { NODE_ENV: 'production' };
  for (const name of Object.keys(variables)) if (name !== 'NODE_ENV') broken[name] = canary;
  assert.ok(!problemsOf(broken).join('\n').includes(canary));

  const config = readConfig({
    DATABASE_URL: `postgres://postern_app:${canary}@db/p`,
    DATABASE_OWNER_URL: `postgres://owner:${canary}@db/p`,
    OPEN_DENTAL_DEVELOPER_KEY: canary,
  });
  for (const text of [inspect(config, { depth: 9, showHidden: true }), JSON.stringify(config)])
    assert.ok(!text.includes(canary));
  assert.equal(config.openDental.developerKey?.reveal(), canary);
});

test('the configuration is frozen all the way down', () => {
  const config = readConfig({});
  for (const part of [config, config.listen, config.database, config.warnings, config.protocol])
    assert.ok(Object.isFrozen(part));
});

test('a port of zero has no public address until something listens', () => {
  assert.equal(readConfig({ PORT: '0' }).publicUrl, undefined);
  assert.equal(readConfig({ PORT: '0', PUBLIC_URL: 'http://127.0.0.1:1/' }).publicUrl, 'http://127.0.0.1:1');
});
