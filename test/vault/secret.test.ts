import assert from 'node:assert/strict';
import { test } from 'node:test';
import { format, inspect } from 'node:util';
import { serialize } from 'node:v8';
import { Secret } from '#vault/secret.ts';

const canary = 'canary-7Qm2xT9pLd4v';

/** Every way in which a value finds its way into a log line, an error or a message. */
const printers: Record<string, (value: unknown) => string> = {
  String: (value) => String(value),
  'template literal': (value) => `${value}`,
  concatenation: (value) => `x${value as string}`, // the type does not matter: the point is the coercion
  'JSON.stringify': (value) => JSON.stringify({ value, list: [value] }),
  inspect: (value) => inspect(value),
  'inspect, everything shown': (value) =>
    inspect({ value }, { showHidden: true, depth: null, getters: true }),
  'inspect without custom printers': (value) => inspect(value, { customInspect: false, showHidden: true }),
  'format %s': (value) => format('%s', value),
  'format %o': (value) => format('%o', value),
  'format %O': (value) => format('%O', value),
  'format %j': (value) => format('%j', value),
  'format %d': (value) => format('%d', value),
  structuredClone: (value) => inspect(structuredClone(value), { showHidden: true }),
  'v8.serialize': (value) => serialize(value).toString('latin1'),
  'object spread': (value) => JSON.stringify({ ...Object(value) }),
  'own keys': (value) => Reflect.ownKeys(Object(value)).join(),
  'error message': (value) => inspect(new Error(`failed with ${value}`, { cause: value })),
  'Error properties': (value) => inspect(Object.assign(new Error('failed'), { value })),
};

for (const [name, print] of Object.entries(printers)) {
  test(`a secret is not printed by ${name}`, () => {
    assert.ok(!print(new Secret(canary)).includes(canary));
  });
}

class Open {
  readonly canary = canary;
  toString(): string {
    return canary;
  }
}

test('an ordinary object with the same text is printed by nearly all of these: the probes work', () => {
  const silent = Object.entries(printers).filter(([, print]) => !print(new Open()).includes(canary));
  assert.deepEqual(
    silent.map(([name]) => name),
    ['format %d', 'own keys'],
  );
});

test('reveal gives the text back, the empty one too', () => {
  assert.equal(new Secret(canary).reveal(), canary);
  assert.equal(new Secret('').reveal(), '');
});
