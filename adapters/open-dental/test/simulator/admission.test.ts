import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEMO_KEY } from '../../simulator/start-office.ts';
import { officeClient, openOffice } from './office.ts';

const GOOD = `ODFHIR ${DEMO_KEY.developer}/${DEMO_KEY.customer}`;

test('only a known key pair in the ODFHIR scheme is let in, and Content-Type is asked of GET too', async (t) => {
  const office = await openOffice(t);
  const rows: readonly [Record<string, string>, number][] = [
    [{}, 401],
    [{ authorization: `Bearer ${DEMO_KEY.customer}`, 'content-type': 'application/json' }, 401],
    [{ authorization: `ODFHIR ${DEMO_KEY.developer}/`, 'content-type': 'application/json' }, 401],
    [{ authorization: `ODFHIR other/${DEMO_KEY.customer}`, 'content-type': 'application/json' }, 401],
    [{ authorization: GOOD }, 400],
    [{ authorization: GOOD, 'content-type': 'text/plain' }, 400],
    [{ authorization: GOOD, 'content-type': 'application/json; charset=utf-8' }, 200],
  ];
  for (const [headers, status] of rows)
    assert.equal(
      (await office.raw('GET', '/api/v1/operatories', headers)).status,
      status,
      JSON.stringify(headers),
    );
});

test('a missing permission is 401 like a bad key, and is told before the row is looked up', async (t) => {
  const keys = [
    { developer: 'dev', customer: 'reader', permissions: ['ReadAll'] },
    { developer: 'dev', customer: 'comm', permissions: ['ReadAll', 'Comm'] },
  ] as const;
  const office = await openOffice(t, { keys });
  const reader = officeClient(office.url, { developer: 'dev', customer: 'reader' });
  const comm = officeClient(office.url, { developer: 'dev', customer: 'comm' });
  assert.equal((await reader.api('GET', '/appointments')).status, 200);
  assert.equal((await reader.api('POST', '/appointments', {})).status, 401);
  assert.equal((await reader.api('PUT', '/appointments/1/Break', {})).status, 401);
  assert.equal((await comm.api('PUT', '/appointments/1/Break', {})).status, 404);
  assert.equal((await comm.api('PUT', '/appointments/1', {})).status, 401);
  assert.equal((await comm.api('POST', '/patients', {})).status, 401);
});

test('a key that the office has disabled is 401', async (t) => {
  const office = await openOffice(t);
  await office.sim('PUT', '/settings', { keyDisabled: true });
  assert.equal((await office.api('GET', '/operatories')).status, 401);
});

test('what is not there is told in the words of the service', async (t) => {
  const office = await openOffice(t);
  const rows: readonly [string, string, number, string][] = [
    ['GET', '/appointment', 404, 'appointment is not a valid resource.'],
    ['GET', '/queries', 404, 'queries is not a valid resource.'],
    ['DELETE', '/appointments/999999', 400, 'appointments DELETE  is not a valid method.'],
    ['PUT', '/appointments/1/Explode', 400, 'appointments PUT Explode is not a valid method.'],
    ['GET', '/appointments/slots', 400, 'appointments GET slots is not a valid method.'],
    ['GET', '/schedules/5', 404, 'Schedule not found'],
    ['GET', '/providers?ClinicNum=77', 404, 'Clinic not found'],
    ['GET', '/patients/9999', 404, 'Patient not found.'],
    ['GET', '/providers?DateTStamp=2031-02-01', 400, 'DateTStamp format must be yyyy-MM-dd HH:mm:ss'],
    ['GET', '/patients?search=okafor', 400, "'search' is not a valid parameter"],
    ['GET', '/patients?phone=5550144', 400, "'phone' is not a valid parameter"],
    ['GET', '/patients?DateTStamp=2031-02-01%2000:00:00', 400, "'DateTStamp' is not a valid parameter"],
  ];
  for (const [method, path, status, text] of rows) {
    const reply = await office.api(method, path);
    assert.deepEqual([reply.status, reply.json()], [status, text], `${method} ${path}`);
  }
});

test('resources that are not modelled refuse writes as a missing permission, and every attempt is logged', async (t) => {
  const office = await openOffice(t);
  assert.equal((await office.api('PUT', '/queries/ShortQuery', { SqlCommand: 'SELECT 1' })).status, 401);
  const log = (await office.sim('GET', '/requests')).json();
  assert.deepEqual([log[0].method, log[0].path, log[0].status], ['PUT', '/api/v1/queries/ShortQuery', 401]);
});

test('sub-methods mind their case unless the setting says otherwise', async (t) => {
  const office = await openOffice(t);
  await office.sim('PUT', '/settings', { subMethodCase: 'insensitive' });
  assert.equal((await office.api('GET', '/appointments/slots')).status, 200);
  assert.equal((await office.api('GET', '/appointments/nonsense')).status, 400);
});

test('error texts come as a JSON string or, by setting, as plain text', async (t) => {
  const office = await openOffice(t);
  assert.equal((await office.api('GET', '/schedules/5')).text, '"Schedule not found"');
  await office.sim('PUT', '/settings', { errorFormat: 'text' });
  assert.equal((await office.api('GET', '/schedules/5')).text, 'Schedule not found');
});

test('the throttle keeps a line for each customer key, in order, and turns away who comes after a full one', async (t) => {
  const other = { ...DEMO_KEY, customer: 'other' };
  const office = await openOffice(t, {
    keys: [DEMO_KEY, other],
    settings: { throttleGapMs: 150, throttleQueue: 2 },
  });
  const mine = await Promise.all(Array.from({ length: 6 }, () => office.api('GET', '/clinics')));
  const away = mine.filter(({ status }) => status === 429);
  assert.ok(away.length >= 2 && away.length < 6, `${away.length} of 6 turned away`);
  assert.ok(
    away.every(
      (reply) => reply.json() === 'Too many requests' && Number(reply.headers.get('retry-after')) >= 1,
    ),
  );
  const replies = await Promise.all([
    office.api('GET', '/clinics'),
    officeClient(office.url, other).api('GET', '/clinics'),
  ]);
  assert.deepEqual(
    replies.map(({ status }) => status),
    [200, 200],
  );
});
