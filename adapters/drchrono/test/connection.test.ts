import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { WireFailure } from '#adapter-kit/index.ts';
import { drchrono } from '../index.ts';
import { userIdIn } from '../map/redirect.ts';
import { openPractice } from './practice.ts';
import { fixture, listOf, replay, practice as scripted } from './replay.ts';

const { probe, directory } = drchrono.operations;
const practice = await openPractice();
beforeEach(() => practice.emr.reset());
const base = 'https://app.drchrono.com/api';

describe('A connection to DrChrono', () => {
  test('learns which practice it is, whose patients new ones become, and that open times can be asked for', async () => {
    const { ctx, calls } = practice.connect();
    const { settings } = await probe(ctx);
    assert.deepEqual(settings, { practiceGroup: '5150', userDoctor: '301122', availabilityAnswers: true });
    assert.deepEqual(calls, ['currentUser', 'user', 'appointments', 'offices', 'doctors', 'availability']);
  });

  test('asks for appointments of a time when there were none, so that no patient is read', async () => {
    await probe(practice.connect().ctx);
    const asked = (await practice.requests()).filter(({ path }) => path.endsWith('/appointments'));
    assert.equal(asked.at(-1)?.query.date_range, '1900-01-01/1900-01-01');
  });

  for (const [what, settings] of [
    ['without the permission inside the app', { grantedPermissions: 'all -frontdesk:scheduling' }],
    [
      'without the permission for notes, which belongs to it',
      { grantedPermissions: 'all -frontdesk:clinical-notes' },
    ],
  ] as const)
    test(`is seen to fail when it is made, by somebody ${what}`, async () => {
      await practice.set(settings);
      await assert.rejects(
        probe(practice.connect().ctx),
        (error) => error instanceof WireFailure && error.status === 403 && error.route === 'appointments',
      );
    });

  test('is seen to fail when it is made, if a permission goes missing', async () => {
    await practice.fault({ name: 'permission-missing', route: '/appointments' });
    await assert.rejects(
      probe(practice.connect().ctx),
      (error) => error instanceof WireFailure && error.status === 403,
    );
  });

  for (const [what, availability, answers] of [
    ['nothing that is open', { date: '2031-03-01', open_slots: [] }, true],
    ['another form', { slots: [] }, false],
    ['a refusal', { status: 403 }, false],
    ['a method that is not allowed', { status: 405 }, false],
    ['a unit', { dates: [{ date: '2031-03-03', open_slots: openHour() }] }, true],
  ] as const)
    test(`takes ${what} as open times that ${answers ? 'can' : 'cannot'} be asked for`, async () => {
      const { ctx } = replay({
        currentUser: { status: 302, location: `${base}/users/88001` },
        user: { id: 88001, doctor: null, practice_group: null },
        ...scripted({ availability }),
      });
      assert.deepEqual(await probe(ctx), {
        settings: { practiceGroup: '', userDoctor: '', availabilityAnswers: answers },
      });
    });

  test('is asked about open times for one place of each doctor, among those that are set, in an own office first', async () => {
    const rooms = (...open: readonly number[]) =>
      [1, 2, 3].map((index) => ({ index, online_scheduling: open.includes(index) }));
    const script = scripted({
      currentUser: { status: 302, location: `${base}/users/88001` },
      user: { id: 88001 },
      doctors: listOf({ id: 1 }, { id: 2 }, { id: 3 }, { id: 4, is_account_suspended: true }),
      offices: listOf(
        { id: 7, doctor: 9, exam_rooms: rooms(2) },
        { id: 8, doctor: 2, exam_rooms: rooms(1, 3) },
        { id: 9, doctor: 3, exam_rooms: rooms(1), archived: true },
      ),
      availability: { status: 404 },
    });
    const asked = async (settings: Readonly<Record<string, string | boolean>>) => {
      const { ctx, sent } = replay(script, { settings });
      const learned = await probe(ctx);
      const places = sent
        .filter(({ route }) => route === 'availability')
        .map(({ query }) => [query.doctor, query.office, query.exam_room].join(' '));
      return [learned.settings?.availabilityAnswers, ...places];
    };
    assert.deepEqual(await asked({}), [false, '1 7 1', '2 8 1', '3 7 1']);
    assert.deepEqual(await asked({ doctors: '1,2', onlineRoomsOnly: true }), [false, '1 7 2', '2 8 1']);
    assert.deepEqual(await asked({ doctors: '3', offices: '8', rooms: '8/3' }), [false, '3 8 3']);
    assert.deepEqual(await asked({ doctors: '5' }), [true], 'nobody to ask about: as it was');
  });

  test('is not judged by a probe that was throttled', async () => {
    const { ctx } = replay({
      currentUser: { status: 302, location: '/api/users/88001' },
      user: { id: 88001 },
      ...scripted({ availability: { status: 429 } }),
    });
    await assert.rejects(probe(ctx), (error) => error instanceof WireFailure && error.status === 429);
  });

  test('has doctors, offices and visit types in its directory, with the doctor where two have one name', async () => {
    const { ctx } = replay(scripted());
    const { practitioners, locations, services } = await directory(ctx);
    assert.deepEqual(
      practitioners.map(({ id, active, identifier }) => [id, active, identifier?.[0]?.value]),
      [
        ['301122', true, '1234567893'],
        ['301123', true, undefined],
      ],
    );
    assert.deepEqual(
      locations.map(({ id, status }) => [id, status]),
      [
        ['415001', 'active'],
        ['415002', 'inactive'],
      ],
    );
    assert.deepEqual(services, [
      { ref: '77120', display: 'Follow-up (Okafor)', minutes: 30 },
      { ref: '77122', display: 'Follow-up (Lindgren)', minutes: 20 },
      { ref: '77121', display: 'New patient', minutes: 60 },
    ]);
  });
});

function openHour() {
  return [{ start: '09:00', end: '10:00', availability: [{ start: '09:00', end: '09:30' }] }];
}

describe('The address that the user is redirected to', () => {
  for (const [location, id] of [
    [`${base}/users/88001`, '88001'],
    ['/api/users/88001', '88001'],
    ['/api/users/88001/', '88001'],
    ['https://app.drchrono.com:443/api/users/88001', '88001'],
    ['https://drchrono.com/api/users/88001', undefined],
    ['https://app.drchrono.com.evil.example/api/users/88001', undefined],
    ['http://app.drchrono.com/api/users/88001', undefined],
    ['https://user@app.drchrono.com/api/users/88001', undefined],
    ['//app.drchrono.com/api/users/88001', undefined],
    ['/api/patients/88001', undefined],
    ['/api/users/88001/../../patients/5', undefined],
    ['/api/users/current', undefined],
    ['/api/users/0', undefined],
    ['/api/users/88001?verbose=true', undefined],
    ['/api/users/88001#x', undefined],
    ['', undefined],
    [undefined, undefined],
  ] as const)
    test(`${location ?? 'that is missing'} is ${id === undefined ? 'not taken' : 'taken'}`, async () => {
      assert.equal(userIdIn(location, base), id);
      if (id !== undefined || location === undefined) return;
      const { ctx, routes } = replay({ currentUser: { status: 302, location } });
      await assert.rejects(probe(ctx), (error) => error instanceof WireFailure);
      assert.deepEqual(routes(), ['currentUser']);
    });
});

describe('What DrChrono delivers', () => {
  const { webhooks } = drchrono;
  test('is read as whose and which, and nothing else', () => {
    assert.deepEqual(webhooks.body.parse(fixture('webhook--modified')), {
      tenant: '5150',
      appointment: '404511987',
    });
    const numbers = { practice_group_id: '5150', object: { id: 404511987 } };
    assert.deepEqual(webhooks.body.parse(numbers), { tenant: '5150', appointment: '404511987' });
    for (const body of [
      {},
      { object: { id: 5 } },
      { practice_group_id: 5150 },
      { practice_group_id: 5150, object: {} },
    ])
      assert.ok(!webhooks.body.safeParse(body).success);
  });

  test('is about a connection by what the probe learned', () => {
    assert.ok(webhooks.tenantSetting in drchrono.settings.parse({}));
    assert.deepEqual(webhooks.addressCheck, { query: 'msg', answer: 'secret_token' });
  });
});
