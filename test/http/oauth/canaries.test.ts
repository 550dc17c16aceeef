import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { createTestDatabase } from '#test/database.ts';
import {
  type Answer,
  addAgent,
  addPractice,
  addSigningAgent,
  assertionForm,
  basic,
  bearer,
  clientCredentials,
  startProcess,
} from './support.ts';

const db = await createTestDatabase();
await addPractice(db.database);
const gateway = await startProcess(db);
const agent = await addAgent(db.database);
const signing = await addSigningAgent(db.database);

/** All that the process prints, whoever prints it. */
const printed: string[] = [];
for (const stream of [process.stdout, process.stderr]) {
  const write = stream.write.bind(stream);
  stream.write = (chunk: string | Uint8Array, ...rest: never[]) => {
    printed.push(String(chunk));
    return write(chunk, ...rest);
  };
}

const canaries: string[] = [];
function canary(what: string): string {
  const value = `${what}-${randomBytes(9).toString('hex')}`;
  canaries.push(value);
  return value;
}

function hits(text: string): string[] {
  return canaries.filter((value) =>
    [
      value,
      Buffer.from(value).toString('base64').replace(/=+$/, ''),
      Buffer.from(value).toString('hex'),
    ].some((form) => text.includes(form)),
  );
}

test('no secret, assertion or token is in an answer, an event, a log line or a table, whatever fails', async () => {
  const answers: Answer[] = [];
  const post = async (form: Record<string, string>, headers: Record<string, string> = {}) => {
    answers.push(await gateway.token(form, headers));
  };
  await post(clientCredentials, basic(agent, canary('wrong')));
  await post(clientCredentials, basic({ ...agent, clientId: canary('unknown') }));
  await post({ ...clientCredentials, client_id: agent.clientId, client_secret: canary('body') });
  await post({ ...clientCredentials, scope: canary('scope') }, basic(agent));
  await post({ ...clientCredentials, resource: `https://${canary('resource')}.example` }, basic(agent));
  await post({ grant_type: canary('grant') }, basic(agent));
  await post(assertionForm(canary('assertion')));
  await post(assertionForm(`${await signing.assertion({ jti: canary('jti') })}x`));
  const jti = canary('replayed');
  const assertion = await signing.assertion({ jti });
  await gateway.token(assertionForm(assertion));
  await post(assertionForm(assertion));
  answers.push(
    await gateway.call('/oauth/token', { 'content-type': 'application/json' }, `{"${canary('json')}`),
  );
  answers.push(await gateway.call('/fhir/R4/Slot', bearer(canary('token'))));
  answers.push(await gateway.call(`/fhir/R4/Slot?access_token=${canary('query')}`));

  await db.asOwner('alter table agent rename to agent_away');
  await post(clientCredentials, basic(agent, canary('broken')));
  await db.asOwner('alter table agent_away rename to agent');
  await db.asOwner('alter table used_assertion rename to used_assertion_away');
  await post(assertionForm(await signing.assertion({ jti: canary('unkept') })));
  await db.asOwner('alter table used_assertion_away rename to used_assertion');

  assert.ok(answers.every(({ status }) => status >= 400));
  canaries.push(agent.secret, assertion);
  assert.deepEqual(hits(answers.map(({ text, headers }) => text + inspect([...headers])).join('\n')), []);
  assert.ok(gateway.events.length >= 12);
  assert.deepEqual(hits(inspect(gateway.events)), []);
  assert.deepEqual(
    gateway.events.filter(({ outcome }) => outcome === 'failed'),
    Array(2).fill({ outcome: 'failed', code: '42P01' }),
    'both broken tables were met',
  );
  assert.deepEqual(hits(printed.join('')), []);
  for (const table of ['agent', 'used_assertion', 'rate_limit', 'signing_key'])
    assert.deepEqual(
      hits(inspect((await db.asOwner(`select * from ${table}`)).rows, { depth: 9 })),
      [],
      table,
    );
});

test('the check finds a canary that is planted, in clear, base64 and hex', () => {
  const planted = canary('planted');
  process.stderr.write('');
  for (const form of ['utf8', 'base64', 'hex'] as const)
    assert.deepEqual(hits(`x${Buffer.from(planted).toString(form)}y`), [planted]);
});
