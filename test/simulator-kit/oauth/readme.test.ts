import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { faultTable, isTokenFault } from '#simulator-kit/fault.ts';

test('the README has every fault of the token endpoint, and no other', () => {
  const readme = readFileSync(new URL('../../../src/simulator-kit/README.md', import.meta.url), 'utf8');
  const table = readme.slice(readme.indexOf('| Fault '), readme.indexOf('## Files'));
  const documented = [...table.matchAll(/^\| `([a-z-]+)` /gm)].map(([, name]) => name);
  // Object.keys forgets that the keys of a constant table are known.
  const names = (Object.keys(faultTable) as (keyof typeof faultTable)[]).filter(isTokenFault);
  assert.deepEqual(documented.sort(), names.sort());
});
