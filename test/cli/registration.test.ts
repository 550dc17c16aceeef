import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createTestDatabase, onServer } from '#test/database.ts';
import { calls } from '#test/telling-emr.ts';
import { stopAfter } from '../http/connect/support.ts';
import { clientSecret, startToyEmr, toy, toyAdapter } from '../http/connect/toy-emr.ts';
import { createTestCli, world as openWorld, type Typed } from './support.ts';

const database = await createTestDatabase();
const cli = await createTestCli(database, { PUBLIC_URL: 'https://postern.example' });
const emr = await startToyEmr();
stopAfter(emr);
const world = {
  ...openWorld,
  adapters: [
    ...openWorld.adapters,
    toy,
    toyAdapter({}, 'toy-two'),
    { ...toyAdapter({}, 'toy-calls'), webhooks: calls },
  ],
};
const secrets = [clientSecret];
const because = ['--reason', 'Sandbox account of the team'];
const tomorrow = new Date(Date.now() + 86_400_000).toISOString();

const type = (words: string, options: Typed = {}) => cli.type(words, { world, ...options });
const ask = (words: string, options: Typed = {}) => cli.ask(words, { world, ...options });
const add = (context: string, changes: Readonly<Record<string, string>> = {}) => {
  const options = {
    adapter: 'toy',
    kind: 'simulator',
    origin: emr.origin,
    'client-id': 'gateway',
    auth: 'client_secret_basic',
    ...changes,
  };
  return `registration add ${context} ${Object.entries(options)
    .map(([name, value]) => `--${name} ${value}`)
    .join(' ')}`;
};
async function addPractice(): Promise<string> {
  return (await ask('practice add', { more: ['--name', 'Harbor Clinic', '--time-zone', 'America/Denver'] }))
    .practiceId;
}

test('a registration is added, looked at, approved, listed and retired, each with a person and a reason', async () => {
  const { code, out } = await type(add('toy-east'), { secrets, more: because });
  assert.equal(code, 0);
  assert.match(out, /^state +not approved$/m);
  assert.match(out, /^redirect +https:\/\/postern\.example\/oauth\/cb\/toy-east$/m);
  assert.match(out, new RegExp(`^token +${emr.url}/oauth2/token$`, 'm'));
  assert.match(out, /^npm run postern -- registration approve toy-east --reason '…' --as 'YOUR NAME'$/m);

  const approved = await ask('registration approve toy-east', {
    more: ['--reason', 'Compared with their guide'],
  });
  assert.ok(approved.approvedAt);
  assert.match((await type('registration list')).out, /^toy-east +toy +simulator .* approved +http/m);
  const retired = await ask('registration retire toy-east', { more: ['--reason', 'Moved'] });
  assert.deepEqual(
    retired.acts.map(({ act, person, reason }: Record<string, string>) => `${act} ${person}: ${reason}`),
    [
      'add Kim Lee: Sandbox account of the team',
      'approve Kim Lee: Compared with their guide',
      'retire Kim Lee: Moved',
    ],
  );
  const { rows } = await database.asOwner(
    "select command, outcome from operator_action where subject = 'toy-east' and outcome <> 'begun' order by at",
  );
  assert.deepEqual(
    rows.map(({ command, outcome }) => `${command} ${outcome}`),
    ['registration add done', 'registration approve done', 'registration retire done'],
  );
  assert.ok(cli.transcript.every((text) => !text.includes(clientSecret)));
});

test('a registration is shown with what has to stand at the EMR, its endpoints and what was done to it', async () => {
  const made = await ask(add('toy-shown', { auth: 'private_key_jwt' }), { more: because });
  const { code, out } = await type('registration show toy-shown');
  assert.equal(code, 0);
  assert.match(out, /^redirect +https:\/\/postern\.example\/oauth\/cb\/toy-shown$/m);
  assert.match(out, /^key set +https:\/\/postern\.example\/oauth\/jwks\/toy-shown$/m);
  for (const [name, path] of [
    ['authorize', 'authorize'],
    ['token', 'token'],
  ])
    assert.match(out, new RegExp(`^${name} +${emr.url}/oauth2/${path}$`, 'm'));
  assert.match(out, /^AT +ACT +PERSON +REASON$/m);
  assert.match(out, / add +Kim Lee +Sandbox account of the team$/m);
  assert.deepEqual(await ask('registration show toy-shown'), made);
  assert.match((await type('registration show nobody')).err, /registration list/);
});

test('the public keys of a registration are shown, and replaced with a reason', async () => {
  const added = await ask(add('toy-keys', { auth: 'private_key_jwt', algorithm: 'RS384' }), {
    more: because,
  });
  assert.equal(added.jwksUri, 'https://postern.example/oauth/jwks/toy-keys');
  const { out } = await type('registration keys toy-keys');
  assert.match(out, /"alg": "RS384"/);
  assert.doesNotMatch(out, /"d":/);
  const before = (await ask('registration keys toy-keys')).jwks.keys[0].kid;
  assert.match((await type('registration keys toy-keys --replace')).err, /--replace needs a --reason/);
  await ask('registration keys toy-keys --replace', { more: ['--reason', 'Yearly'] });
  assert.notEqual((await ask('registration keys toy-keys')).jwks.keys[0].kid, before);

  await ask(add('toy-secret'), { secrets, more: because });
  assert.match((await type('registration keys toy-secret')).out, /no key pair/);
  const replaced = await type('registration keys toy-secret --replace', {
    secrets: ['another secret'],
    more: ['--reason', 'Leaked'],
  });
  assert.equal(replaced.code, 0);
  const { rows } = await database.asOwner("select count(*) from oauth_registration_act where act = 'keys'");
  assert.equal(Number(rows[0].count), 2);
});

test('the secret of an EMR’s calls is made and shown once, with where it goes; made again, it is another', async () => {
  await ask(add('toy-calls', { adapter: 'toy-calls' }), { secrets, more: because });
  const words = 'registration webhook toy-calls';
  assert.match((await type(words, { more: because })).err, /not approved/);
  await ask('registration approve toy-calls', { more: because });
  const { code, out } = await type(words, { more: because });
  assert.equal(code, 0);
  assert.match(out, /^address +https:\/\/postern\.example\/hooks\/toy-calls$/m);
  assert.match(out, /At the desk, under Calls\./);
  const [, secret = ''] = /^secret +([\w-]{43})$/m.exec(out) ?? [];
  assert.ok(secret);
  const again = await ask('registration webhook --context toy-calls', { more: because });
  assert.match(again.secret, /^[\w-]{43}$/);
  assert.notEqual(again.secret, secret);

  const shown = await ask('registration show toy-calls');
  assert.deepEqual(
    shown.acts.map(({ act }: Record<string, string>) => act),
    ['add', 'approve', 'webhook', 'webhook'],
  );
  const { rows } = await database.asOwner(
    "select to_jsonb(w)::text || to_jsonb(o)::text as row from webhook w, operator_action o where o.subject = 'toy-calls'",
  );
  for (const kept of [JSON.stringify(shown), ...rows.map(({ row }) => row)])
    assert.ok(!kept.includes(secret) && !kept.includes(again.secret));
});

const refused: Readonly<Record<string, readonly [words: string, options: Typed, sentence: RegExp]>> = {
  'a registration without a reason': [add('toy-x'), { secrets }, /--reason is missing/],
  'a secret that was not piped in': [add('toy-x'), { more: because }, /pipe it into standard input/],
  'an address where nobody answers': [
    add('toy-x', { origin: 'http://127.0.0.1:9/emr' }),
    { secrets, more: because },
    /There is no answer at this address/,
  ],
  'an address of the wrong kind': [
    add('toy-x', { kind: 'vendor' }),
    { secrets, more: because },
    /a vendor has an https address on port 443/,
  ],
  'a registration that is not there': ['registration approve nobody', { more: because }, /registration list/],
  'an approval of nothing': [
    'registration approve',
    { more: because },
    /Name the registration, or give the address/,
  ],
  'a secret for an EMR that does not call': [
    'registration webhook toy-shown',
    { more: because },
    /does not call when something changes/,
  ],
  'a secret for no registration': ['registration webhook', { more: because }, /Name the registration/],
  'an address that nobody named': [
    'registration approve --base https://emr.example.com/fhir',
    { more: because },
    /those that wait/,
  ],
};
for (const [what, [words, options, sentence]] of Object.entries(refused)) {
  test(`${what} is refused in a sentence`, async () => {
    const { code, err } = await type(words, options);
    assert.ok(code > 0);
    assert.match(err, sentence);
  });
}

test('a link is made for a registration, shown once with its code, and kept as hashes', async () => {
  await ask(add('toy-links', { adapter: 'toy-two' }), { secrets, more: because });
  const practice = await addPractice();
  const link = `connection link --practice ${practice} --emr toy-links`;
  assert.match((await type(link)).err, /not approved/);
  await ask('registration approve toy-links', { more: because });
  const { code, out } = await type(link);
  assert.equal(code, 0);
  assert.match(out, /^link +https:\/\/postern\.example\/connect\/[\w-]{43}$/m);
  assert.match(out, /^code +\d{4} \d{4}$/m);
  assert.match(out, /different ways/);
  const made = await ask(link);
  assert.match(made.code, /^\d{8}$/);
  const { rows } = await database.asOwner(
    'select made_by, t::text as row from connect_link t where link_id = $1',
    [made.linkId],
  );
  assert.equal(rows[0].made_by, 'Kim Lee');
  assert.ok(!rows[0].row.includes(made.code) && !rows[0].row.includes(made.url.slice(-43)));
});

if (!onServer) {
  // `npm start` with a server of one's own may be anywhere.
  test('an address of ours that is not that of the gateway that was started here is pointed out', async () => {
    await ask(add('toy-elsewhere'), { secrets, more: because });
    const show = async () => (await type('registration show toy-elsewhere')).out;
    assert.doesNotMatch(await show(), /PUBLIC_URL=/);
    await mkdir(cli.config.stateDir, { recursive: true });
    const file = join(cli.config.stateDir, 'demo.json');
    await writeFile(file, JSON.stringify({ url: 'http://127.0.0.1:8090', practices: [] }));
    assert.match(
      await show(),
      /at http:\/\/127\.0\.0\.1:8090, not at https:\/\/postern\.example: set PUBLIC_URL=http:\/\/127\.0\.0\.1:8090 for this command\.$/m,
    );
    await ask('registration approve toy-elsewhere', { more: because });
    const link = `connection link --practice ${await addPractice()} --emr toy-elsewhere`;
    const agent = `agent add --practice ${await addPractice()} --name a --owner b --expires ${tomorrow}`;
    for (const words of [link, agent])
      assert.match((await type(words)).out, /PUBLIC_URL=http:\/\/127\.0\.0\.1:8090/, words);
    for (const text of [JSON.stringify({ url: 'https://postern.example' }), '{', 'null']) {
      await writeFile(file, text);
      assert.doesNotMatch(await show(), /PUBLIC_URL=/, text);
    }
  });
}

test('settings that are known already are kept with the link, as the adapter’s schema wants them', async () => {
  await ask(add('toy-known', { adapter: 'toy-two' }), { secrets, more: because });
  await ask('registration approve toy-known', { more: because });
  const practice = await addPractice();
  const link = `connection link --practice ${practice} --emr toy-known`;
  const { linkId } = await ask(`${link} --setting greeting=236.2 --setting grid=10 --setting weekends=true`);
  const { rows } = await database.asOwner('select settings from connect_link where link_id = $1', [linkId]);
  assert.deepEqual(rows, [{ settings: { greeting: '236.2', grid: 10, weekends: true } }]);
  assert.match((await type(`${link} --setting grid=7`)).err, /grid/);
  const again = `connection link --practice ${practice} --connection ${practice} --setting grid=10`;
  assert.match((await type(again)).err, /keeps its settings/);
});

test('what a practice accepts beyond scheduling is recorded with the person and the reason', async () => {
  const practice = await addPractice();
  await ask(add('toy-wider'), { secrets, more: because });
  const words = `registration accept-wider --practice ${practice} --context toy-wider`;
  const more = [
    '--scopes',
    'user/Observation.rs  clinical:*',
    '--reason',
    'Their consent screen cannot narrow it',
  ];
  const accepted = await ask(words, { more, as: 'Robin Owner' });
  assert.deepEqual(accepted.scopes, ['user/Observation.rs', 'clinical:*']);
  const { rows } = await database.asOwner(
    'select accepted_by, reason, scopes from wider_grant where practice_id = $1',
    [practice],
  );
  assert.deepEqual(rows, [
    {
      accepted_by: 'Robin Owner',
      reason: 'Their consent screen cannot narrow it',
      scopes: ['user/Observation.rs', 'clinical:*'],
    },
  ]);
  const { rows: trail } = await database.asOwner(
    "select actor from audit_event where practice_id = $1 and action = 'connection.accept-wider'",
    [practice],
  );
  assert.deepEqual(trail, [{ actor: 'operator:Robin Owner' }]);
  for (const [scopes, sentence] of [
    [' ', /scopes/],
    ['a"b', /Scopes, separated by spaces/],
  ] as const)
    assert.match((await type(words, { more: ['--scopes', scopes, ...because] })).err, sentence);
  assert.match(
    (await type(`registration accept-wider --practice ${practice} --scopes a`, { more: because })).err,
    /context/,
  );
});
