import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createTestDatabase } from '#test/database.ts';
import { createTestSimulator } from '#test/simulator.ts';
import { DEMO_KEY, startOffice } from '../../adapters/open-dental/simulator/start-office.ts';
import { createTestCli } from './support.ts';

const database = await createTestDatabase();
const cli = await createTestCli(database, { OPEN_DENTAL_DEVELOPER_KEY: DEMO_KEY.developer });
const stateDir = await mkdtemp(join(tmpdir(), 'postern-cli-office-'));
const office = await startOffice({ office: 'cedar', stateDir, settings: { throttle: false } });
after(async () => {
  await office.stop();
  await rm(stateDir, { recursive: true, force: true });
});
const simulator = createTestSimulator(office.url);
const origin = `${office.url}/api/v1`;
const secrets = [DEMO_KEY.customer];

async function addPractice(): Promise<string> {
  const more = ['--name', 'Cedar Dental', '--time-zone', 'America/Denver'];
  return (await cli.ask('practice add', { more })).practiceId;
}
const add = (practice: string, changes: Readonly<Record<string, string>> = {}) => {
  const options = { adapter: 'open-dental', kind: 'simulator', origin, practice, ...changes };
  return `connection add ${Object.entries(options)
    .map(([name, value]) => `--${name} ${value}`)
    .join(' ')}`;
};
async function actions(practice: string): Promise<string[]> {
  const { rows } = await database.asOwner(
    "select action || ' ' || outcome as what from audit_event where practice_id = $1 order by seq",
    [practice],
  );
  return rows.map(({ what }) => what);
}

const connected = await addPractice();
const { connectionId, version } = await cli.ask(add(connected, { setting: 'gridMinutes=15' }), { secrets });

test('a connection is proven, and brings the EMR’s version, directory and visit types', async () => {
  assert.match(version, /^\d+\./);
  const { out } = await cli.type(`connection list --practice ${connected}`);
  assert.match(out, new RegExp(`^${connectionId} +open-dental +simulator +${origin} +connected `, 'm'));
  const [{ settings, ...facts }] = await cli.ask(`connection list --practice ${connected}`);
  assert.equal(settings.gridMinutes, 15);
  assert.ok(!('secrets' in facts));
  const types = await cli.ask(`visit-type list --practice ${connected}`);
  assert.ok(types.length > 1);
  assert.equal(types.filter((type: { isDefault: boolean }) => type.isDefault).length, 1);
  assert.deepEqual((await actions(connected)).slice(0, 2), [
    'practice.create success',
    'connection.connect success',
  ]);
});

test('it is probed and synchronised on record, by its id or as the only one', async () => {
  assert.equal((await cli.ask(`connection probe --practice ${connected}`)).connectionId, connectionId);
  assert.equal((await cli.ask(`connection probe ${connectionId} --practice ${connected}`)).version, version);
  assert.equal((await cli.type(`connection sync --practice ${connected}`)).code, 0);
  assert.deepEqual((await actions(connected)).slice(-2), [
    'connection.probe success',
    'directory.sync success',
  ]);
});

test('the key is in no output, no log and no row in the clear', async () => {
  const { rows } = await database.asOwner("select encode(secrets, 'escape') as sealed from connection");
  assert.ok(rows.length > 0);
  for (const { sealed } of rows) assert.ok(!sealed.includes(DEMO_KEY.customer));
  const { rows: records } = await database.asOwner(
    'select operator_action::text as row from operator_action',
  );
  for (const text of [...cli.transcript, ...records.map(({ row }) => row)])
    assert.ok(!text.includes(DEMO_KEY.customer) && !text.includes(DEMO_KEY.developer));
});

const refused: Readonly<Record<string, [Readonly<Record<string, string>>, RegExp]>> = {
  'an adapter that is not installed': [
    { adapter: 'other-dental' },
    /adapter.*Installed adapters: open-dental/,
  ],
  'a setting it does not know': [{ setting: 'colour=blue' }, /See adapters\/open-dental\/README\.md/],
  'a real EMR for a practice in sandbox': [
    { kind: 'vendor', origin: 'https://api.opendental.com/api/v1' },
    /A sandbox practice connects to simulators/,
  ],
};
for (const [what, [changes, sentence]] of Object.entries(refused)) {
  test(`${what} is refused, and nothing is kept`, async () => {
    const practice = await addPractice();
    const { code, err } = await cli.type(add(practice, changes), { secrets });
    assert.equal(code, 1);
    assert.match(err, sentence);
    assert.deepEqual(await cli.ask(`connection list --practice ${practice}`), []);
  });
}

test('without a key on standard input nothing is connected', async () => {
  const practice = await addPractice();
  const { code, err } = await cli.type(add(practice));
  assert.equal(code, 1);
  assert.match(err, /customerKey.*pipe it into standard input/);
  assert.deepEqual(await cli.ask(`connection list --practice ${practice}`), []);
});

test('a setting that is no pair is a sentence', async () => {
  const { code, err } = await cli.type(add(connected, { setting: 'gridMinutes' }), { secrets });
  assert.equal(code, 2);
  assert.match(err, /--setting takes NAME=VALUE/);
});

const unproven: Readonly<Record<string, [Readonly<Record<string, string>>, string[], RegExp]>> = {
  'whose key the EMR refuses': [{}, ['wrong-key'], /refused our access/],
  'whose address the wall refuses': [{ origin: 'http://emr.example/api/v1' }, secrets, /allow-list/],
  'whose EMR is away': [{ origin: 'http://127.0.0.1:9/api/v1' }, secrets, /cannot be reached/],
};
for (const [what, [changes, given, sentence]] of Object.entries(unproven)) {
  test(`a connection ${what} stays behind disabled`, async () => {
    const practice = await addPractice();
    const { code, err } = await cli.type(add(practice, changes), { secrets: given });
    assert.equal(code, 1);
    assert.match(err, sentence);
    assert.match((await cli.type(`connection list --practice ${practice}`)).out, / disabled /);
    assert.ok((await actions(practice)).includes('connection.disable success'));
    // Another one may take its place at once.
    assert.equal((await cli.type(add(practice), { secrets })).code, 0);
  });
}

test('a second connection waits until the first is disabled', async () => {
  const practice = await addPractice();
  const first = (await cli.ask(add(practice), { secrets })).connectionId;
  assert.match((await cli.type(add(practice), { secrets })).err, /Disable it first/);
  assert.equal((await cli.type(`connection disable ${first} --practice ${practice}`)).code, 0);
  assert.equal((await cli.type(`connection disable ${first} --practice ${practice}`)).code, 0);
  const second = (await cli.ask(add(practice), { secrets })).connectionId;
  assert.match((await cli.type(`connection enable ${first} --practice ${practice}`)).err, /Disable it first/);
  await cli.type(`connection disable ${second} --practice ${practice}`);
  assert.equal((await cli.type(`connection enable ${first} --practice ${practice}`)).code, 0);
  assert.equal((await cli.ask(`connection probe --practice ${practice}`)).connectionId, first);
});

test('a disabled connection, a disabled practice and a stranger’s connection are not called', async () => {
  const practice = await addPractice();
  const { connectionId: own } = await cli.ask(add(practice), { secrets });
  const sent = async () => (await simulator.requests()).length;
  const before = await sent();
  assert.match(
    (await cli.type(`connection probe ${connectionId} --practice ${practice}`)).err,
    /no such resource/,
  );
  await cli.type(`connection disable ${own} --practice ${practice}`);
  for (const words of [`probe ${own}`, 'probe', 'sync'])
    assert.match((await cli.type(`connection ${words} --practice ${practice}`)).err, /connect/, words);
  await cli.type(`connection enable ${own} --practice ${practice}`);
  await cli.type(`practice disable --practice ${practice}`);
  for (const words of ['probe', 'sync'])
    assert.match((await cli.type(`connection ${words} --practice ${practice}`)).err, /disabled/, words);
  assert.equal(await sent(), before);
  await cli.type(`practice enable --practice ${practice}`);
  assert.equal((await cli.type(`connection probe --practice ${practice}`)).code, 0);
  assert.ok((await sent()) > before);
});

test('settings of a connection are changed one by one, and judged by its adapter', async () => {
  const practice = await addPractice();
  const { connectionId: own } = await cli.ask(add(practice), { secrets });
  const set = `connection set ${own} --practice ${practice}`;
  const { settings } = await cli.ask(`${set} --setting gridMinutes=15 --setting brokenBlocks=false`);
  assert.deepEqual(
    [settings.gridMinutes, settings.brokenBlocks, settings.patientNotesBlock],
    [15, false, true],
  );
  assert.match((await cli.type(`${set} --setting gridMinutes=7`)).err, /gridMinutes/);
  assert.equal((await cli.ask(`connection list --practice ${practice}`))[0].settings.gridMinutes, 15);
});

test('ids and versions made of digits stay the text that an EMR’s schema wants', async () => {
  const practice = await addPractice();
  const { rows } = await database.asOwner(
    `insert into connection (practice_id, connection_id, adapter, kind, origin)
     values ($1, gen_random_uuid(), 'epic', 'simulator', 'http://127.0.0.1:9') returning connection_id`,
    [practice],
  );
  const { settings } = await cli.ask(`connection set ${rows[0].connection_id} --practice ${practice}`, {
    more: [
      'environment=236.2',
      'practitioners=593923',
      'locations=4',
      'serviceTypes=1004;Office Visit;30',
    ].flatMap((setting) => ['--setting', setting]),
  });
  assert.deepEqual(settings, {
    environment: '236.2',
    practitioners: '593923',
    locations: '4',
    serviceTypes: '1004;Office Visit;30',
  });
  const stranger = `connection set ${connectionId} --practice ${practice} --setting environment=1`;
  assert.match((await cli.type(stranger)).err, /no such resource/);
});

test('a link for an EMR that takes a key names its address, and is refused while a connection is at work', async () => {
  const practice = await addPractice();
  const link = `connection link --practice ${practice} --emr open-dental --kind simulator`;
  assert.match((await cli.type(link)).err, /at an address that is known before/);
  assert.match((await cli.ask(`${link} --origin ${origin}`)).url, /\/connect\/[\w-]{43}$/);
  const { connectionId: own } = await cli.ask(add(practice), { secrets });
  assert.match((await cli.type(`${link} --origin ${origin}`)).err, /Disable it first/);
  const again = await cli.ask(`connection link --practice ${practice} --connection ${own}`);
  assert.equal(again.connectionId, own);
});

test('a connection that is disconnected has lost its key for good, and says so once and again', async () => {
  const practice = await addPractice();
  const { connectionId: own } = await cli.ask(add(practice), { secrets });
  const words = `connection disconnect ${own} --practice ${practice}`;
  assert.match((await cli.type(words)).out, /disconnected and its secrets are destroyed.*turn its key off/);
  const { rows } = await database.asOwner('select secrets, state from connection where connection_id = $1', [
    own,
  ]);
  assert.deepEqual(rows, [{ secrets: null, state: 'disconnected' }]);
  assert.match((await cli.type(`connection probe --practice ${practice}`)).err, /not connected/);
  assert.equal((await cli.ask(words)).revocation, 'no-grant');
  assert.deepEqual((await actions(practice)).slice(-2), [
    'connection.disconnect pending',
    'connection.disconnect success',
  ]);
  // Another one may take its place.
  assert.equal((await cli.type(add(practice), { secrets })).code, 0);
});

test('a visit type is added, changed, restricted, turned off and removed', async () => {
  const on = `--practice ${connected}`;
  const added = await cli.ask(`visit-type set whitening --minutes 45 ${on}`, {
    more: ['--display', 'Whitening'],
  });
  assert.deepEqual(added, [
    {
      practitioners: [],
      locations: [],
      patients: 'any',
      mode: 'direct',
      code: 'whitening',
      isDefault: false,
      display: 'Whitening',
      minutes: 45,
    },
  ]);
  const { rows } = await database.asOwner(
    "select id from directory_entry where practice_id = $1 and kind = 'Practitioner' and active limit 2",
    [connected],
  );
  const [one, two] = rows.map(({ id }) => id);
  const [restricted] = await cli.ask(
    `visit-type set whitening --patients existing --mode approval --practitioner ${one} --practitioner ${two} ${on}`,
  );
  assert.deepEqual(
    [restricted.minutes, restricted.patients, restricted.mode, restricted.practitioners],
    [45, 'existing', 'approval', [one, two]],
  );
  const [open] = await cli.ask(`visit-type set whitening --any-practitioner ${on}`);
  assert.deepEqual(open.practitioners, []);
  assert.equal((await cli.ask(`visit-type off whitening ${on}`))[0].mode, 'off');
  assert.match((await cli.type(`visit-type default whitening ${on}`)).err, /not booked by agents/);
  await cli.type(`visit-type set whitening --mode direct ${on}`);
  assert.equal((await cli.ask(`visit-type default whitening ${on}`))[0].isDefault, true);
  const defaults = (await cli.ask(`visit-type list ${on}`)).filter(
    (type: { isDefault: boolean }) => type.isDefault,
  );
  assert.deepEqual(
    defaults.map(({ code }: { code: string }) => code),
    ['whitening'],
  );
  for (const verb of ['off', 'remove'])
    assert.match(
      (await cli.type(`visit-type ${verb} whitening ${on}`)).err,
      /Make another one the default/,
      verb,
    );
  const other = (await cli.ask(`visit-type list ${on}`)).find(
    (type: { code: string }) => type.code !== 'whitening',
  );
  await cli.type(`visit-type default ${other.code} ${on}`);
  assert.equal((await cli.type(`visit-type remove whitening ${on}`)).code, 0);
  assert.match((await cli.type(`visit-type remove whitening ${on}`)).err, /not one of the practice/);
});

test('a visit type that cannot be is refused', async () => {
  for (const [words, sentence] of [
    ['set brandnew --minutes 30', /display/],
    ['set brandnew --display Brandnew', /minutes/],
    ['set brandnew --display Brandnew --minutes 4', /5 to 540/],
    ['set brandnew --display Brandnew --minutes half', /whole number/],
    ['set brand/new --display Brandnew --minutes 30', /A code is/],
    ['set brandnew --display Brandnew --minutes 30 --practitioner nobody', /ids of the practice's directory/],
    ['set brandnew --display Brandnew --minutes 30 --location nowhere', /ids of the practice's directory/],
  ] as const)
    assert.match((await cli.type(`visit-type ${words} --practice ${connected}`)).err, sentence, words);
  const types = await cli.ask(`visit-type list --practice ${connected}`);
  assert.ok(!types.some(({ code }: { code: string }) => code === 'brandnew'));
});
