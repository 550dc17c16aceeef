import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { readConfig, variables } from '#config';

/** What can be said about image and Compose file without an engine. */
const root = resolve(import.meta.dirname, '../..');
const read = (name: string) => readFileSync(resolve(root, name), 'utf8');
const dockerfile = read('Dockerfile').replaceAll('\\\n', ' ');
const compose = read('docker-compose.yml');
const instructions = (name: string) =>
  [...dockerfile.matchAll(new RegExp(`^${name} (.*)$`, 'gm'))].map((found) => found[1] ?? '');

test('the image runs the very Node that the tests ran', () => {
  const { devDependencies } = JSON.parse(read('package.json'));
  assert.deepEqual(instructions('FROM'), [`node:${devDependencies.node}-bookworm-slim`]);
});

test('everything the image copies is there, and nothing else gets in', () => {
  const copied = instructions('COPY').flatMap((each) => each.split(/\s+/).slice(0, -1));
  for (const file of copied) assert.ok(existsSync(resolve(root, file)), file);
  const lines = read('.dockerignore').trim().split('\n');
  assert.equal(lines[0], '*');
  assert.deepEqual(
    new Set(lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1))),
    new Set(copied),
  );
  for (const inside of ['src/demo', 'src/simulator-kit', 'adapters/*/simulator', 'adapters/*/test'])
    assert.ok(lines.includes(inside), `${inside} would get in`);
});

test('the image is no root, says how it is, is in production, and starts a gateway', () => {
  assert.deepEqual(instructions('USER'), ['node']);
  assert.ok(dockerfile.indexOf('\nUSER node') < dockerfile.indexOf('\nCMD'));
  assert.match(instructions('HEALTHCHECK').join(), /127\.0\.0\.1.*OPERATOR_PORT/);
  assert.match(instructions('ENV').join(), /NODE_ENV=production/);
  assert.deepEqual(instructions('CMD'), ['["node", "src/start.js", "gateway"]']);
  assert.match(instructions('RUN').join(), /npm ci --omit=dev --ignore-scripts/);
});

/** The lines of one block, by the key that opens it. */
function block(key: string, indent: string): string {
  const found = new RegExp(`^${indent}${key}:.*\\n((?:${indent} +.*\\n|\\s*\\n)*)`, 'm').exec(compose);
  assert.ok(found, `There is no block ${key}.`);
  return found[0];
}
const services = [...block('services', '').matchAll(/^ {2}([a-z]+):$/gm)].map((found) => found[1] ?? '');

/** A block together with the anchors that it takes over. */
function whole(text: string): string {
  return text.replace(
    /<<: \*([a-z-]+)/g,
    (line, name: string) => `${line}\n${whole(block(`x-${name}`, ''))}`,
  );
}

test('Compose starts a proxy, two gateways, a migration and a database', () => {
  assert.deepEqual(services, ['proxy', 'gateway', 'migration', 'database']);
  assert.match(block('gateway', '  '), /deploy: \{ replicas: 2 \}/);
});

for (const service of services) {
  test(`${service}: read-only root, no capability, no root, a pinned image, a limit to its privileges`, () => {
    const text = whole(block(service, '  '));
    assert.match(text, /read_only: true/);
    assert.match(text, /cap_drop: \[ALL\]/);
    assert.match(text, /no-new-privileges:true/);
    assert.match(text, /user: "[1-9][0-9]*:[1-9][0-9]*"/);
    assert.match(text, /image: \S+:[0-9]+\.[0-9]+(\.[0-9]+)?/);
    assert.ok(!/privileged: true|cap_add|:latest|network_mode: host/.test(text));
  });
}

test('only the proxy is reached from outside, and the database has no network at all', () => {
  assert.equal(compose.match(/^\s*ports:/gm)?.length, 1);
  assert.match(block('proxy', '  '), /ports: \["443:8443"\]/);
  assert.match(block('database', '  '), /network_mode: none/);
  assert.match(block('database', '  '), /--listen_addresses=$/m);
});

test('no secret has a default', () => {
  for (const [text, name, mark] of compose.matchAll(/(?<!\$)\$\{([A-Z_]+)([^}]*)\}/g))
    assert.ok(mark?.startsWith(':?') || (name === 'OPEN_DENTAL_DEVELOPER_KEY' && mark === '-'), text);
});

/** The environment of a gateway as Compose would make it. */
function environment(text: string): Record<string, string> {
  const ring = `1:${Buffer.alloc(32, 1).toString('base64')}`;
  const values = [...text.matchAll(/^\s+([A-Z_]+): (.+)$/gm)].map(([, name = '', value = '']) => [
    name,
    name === 'POSTERN_KEYS' ? ring : value.replace(/\$\{OPEN_[^}]*\}/, '').replace(/\$\{[^}]*\}/g, 'given'),
  ]);
  return Object.fromEntries(values);
}

test('the settings it gives a gateway and the migration are ours, and production accepts them', () => {
  const gateway = environment(block('x-gateway-environment', ''));
  const migration = { ...gateway, ...environment(block('migration', '  ')) };
  for (const settings of [gateway, migration]) {
    for (const name of Object.keys(settings)) assert.ok(Object.hasOwn(variables, name), name);
    const config = readConfig(settings);
    assert.ok(config.production && config.database.kind === 'server');
  }
  assert.equal(gateway.DATABASE_OWNER_URL, undefined);
  assert.ok(migration.DATABASE_OWNER_URL);
});
