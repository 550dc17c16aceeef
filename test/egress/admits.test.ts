import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { z } from '#adapter-kit/index.ts';
import { admits, createWall, type OutgoingRequest } from '#egress/index.ts';
import { sampleRoutes } from './sample-table.ts';

const base = 'https://api.example.com/api/v1';
const wall = createWall({ production: true });
const site = wall.site({ base, kind: 'vendor', routes: sampleRoutes, credentialHeaders: ['Authorization'] });
const other = wall.site({
  base: 'https://fhir.example.com/R4',
  kind: 'vendor',
  routes: {},
  credentialHeaders: [],
});
const json = ['content-type', 'application/json'] as const;
const dates = 'dateStart=2031-03-04&dateEnd=2031-03-05';
const fixed = [
  ['x-emr-version', 'v4'],
  ['x-emr-mode', 'plain'],
] as const;
const body = '{"PatNum":1,"Op":4,"AptDateTime":"2031-03-04 10:30:00"}';

function judge(parts: Partial<OutgoingRequest>): string {
  const request = { method: 'GET', url: `${base}/appointments/7`, headers: [], body: undefined, ...parts };
  const admission = admits(request, [other, site]);
  return admission.admitted ? admission.routeId : admission.reason;
}

describe('A finished request', () => {
  const admitted: [routeId: string, request: Partial<OutgoingRequest>][] = [
    ['appointment.read', {}],
    [
      'appointment.read',
      {
        headers: [
          ['authorization', 'ODFHIR a/b'],
          json,
          ['accept-encoding', 'identity'],
          ['accept', 'application/json'],
        ],
      },
    ],
    ['appointment.search', { url: `${base}/appointments?${dates}` }],
    ['appointment.search', { url: `${base}/appointments?dateEnd=2031-03-05&dateStart=2031-03-04` }],
    [
      'patient.match',
      { url: `${base}/patients/Simple?LName=O%27Brien&FName=Ana%20Mar%C3%ADa&Birthdate=1990-11-02` },
    ],
    ['appointment.create', { method: 'POST', url: `${base}/appointments`, headers: [json], body }],
    [
      'appointment.create',
      {
        method: 'POST',
        url: `${base}/appointments`,
        headers: [json, ['content-length', String(body.length)]],
        body,
      },
    ],
    ['user.current', { url: `${base}/users/current`, headers: fixed }],
    ['user.current', { url: `${base}/users/current`, headers: fixed.toReversed() }],
    ['user.read', { url: `${base}/users/7`, headers: [['x-emr-version', 'v3']] }],
  ];
  for (const [routeId, request] of admitted)
    test(`passes as ${routeId}: ${JSON.stringify(request)}`, () => assert.equal(judge(request), routeId));

  const refused: [reason: string, request: Partial<OutgoingRequest>][] = [
    ['origin', { url: 'https://evil.example/api/v1/appointments/7' }],
    ['origin', { url: 'https://api.example.com/api/v1' }],
    ['origin', { url: 'https://api.example.com/api/v1?x=1' }],
    ['origin', { url: 'https://api.example.com/api/v10/appointments/7' }],
    ['origin', { url: 'https://api.example.com:443/api/v1/appointments/7' }],
    ['origin', { url: 'https://API.example.com/api/v1/appointments/7' }],
    ['origin', { url: 'http://api.example.com/api/v1/appointments/7' }],
    ['origin', { url: 'https://a@api.example.com/api/v1/appointments/7' }],
    ['origin', { url: 'https://api.example.com./api/v1/appointments/7' }],
    ['url', { url: `${base}/appointments/../queries` }],
    ['url', { url: `${base}/appointments/%2e%2e/queries` }],
    ['url', { url: `${base}/appointments/7\n` }],
    ['url', { url: `${base}\\appointments\\7` }],
    ['route', { url: `${base}/appointments/7#x` }],
    ['route', { url: `${base}/appointments/%37` }],
    ['route', { url: `${base}/appointments/7/` }],
    ['route', { url: `${base}//appointments/7` }],
    ['route', { url: `${base}/Appointments/7` }],
    ['route', { url: `${base}/appointments/7;x` }],
    ['route', { url: `${base}/appointments/7%2F..%2Fqueries` }],
    ['route', { url: `${base}/queries/ShortQuery` }],
    ['route', { method: 'DELETE' }],
    ['route', { method: 'get' }],
    ['query', { url: `${base}/appointments/7?` }],
    ['query', { url: `${base}/appointments/7?x=1` }],
    ['query', { url: `${base}/appointments?dateStart=2031-03-04` }],
    ['query', { url: `${base}/appointments?${dates}&dateEnd=2031-03-05` }],
    ['query', { url: `${base}/appointments?${dates}&` }],
    ['query', { url: `${base}/appointments?${dates}&PatNum` }],
    ['query', { url: `${base}/appointments?${dates}&_include=x` }],
    ['query', { url: `${base}/appointments?${dates}&__proto__=1` }],
    ['query', { url: `${base}/appointments?${dates}&DateTStamp=2031-03-01+07%3A12%3A44` }],
    ['query', { url: `${base}/appointments?${dates}&DateTStamp=2031-03-01%2007%3a12%3a44` }],
    ['headers', { headers: [['x-http-method-override', 'DELETE']] }],
    ['headers', { headers: [['host', 'evil.example']] }],
    ['headers', { headers: [['Accept', 'application/json']] }],
    ['headers', { headers: [['accept-encoding', 'gzip']] }],
    ['headers', { headers: [json, json] }],
    ['headers', { headers: [['authorization', 'a\r\nb: c']] }],
    ['headers', { headers: [['x-api-key', 'a']] }],
    ...(
      [
        ['users/current', []],
        ['users/current', fixed.slice(0, 1)],
        ['users/current', [...fixed, ['x-emr-other', '1']]],
        ['users/current', [...fixed, ...fixed]],
        ['users/7', [['x-emr-version', 'v4']]],
        ['users/7', [['x-emr-version', 'V3']]],
        ['users/7', [['x-emr-version', 'v3 ']]],
        ['users/7', [['X-Emr-Version', 'v3']]],
        [
          'users/7',
          [
            ['x-emr-version', 'v3'],
            ['x-emr-mode', 'plain'],
          ],
        ],
        ['appointments/7', fixed.slice(0, 1)],
        ['appointments/7', fixed.slice(1)],
      ] as [string, OutgoingRequest['headers']][]
    ).map(([path, headers]): [string, Partial<OutgoingRequest>] => [
      'headers',
      { url: `${base}/${path}`, headers },
    ]),
    ['headers', { method: 'POST', url: `${base}/appointments`, body }],
    [
      'headers',
      { method: 'POST', url: `${base}/appointments`, headers: [['content-type', 'text/plain']], body },
    ],
    [
      'headers',
      { method: 'POST', url: `${base}/appointments`, headers: [json, ['content-length', '3']], body },
    ],
    ['body', { headers: [json], body: '{}' }],
    ['body', { method: 'POST', url: `${base}/appointments` }],
    ...[
      '',
      'null',
      '[]',
      ` ${body}`,
      body.replace(':', ': '),
      body.replace('{', '{"SSN":"1",'),
      body.replace('{', '{"PatNum":2,'),
      body.replace('PatNum', '\\u0050atNum'),
      body.replace('{', '{"__proto__":{},'),
      body.replace('1', '1.0'),
      `${body}{}`,
    ].map(
      (text) =>
        ['body', { method: 'POST', url: `${base}/appointments`, headers: [json], body: text }] as [
          string,
          Partial<OutgoingRequest>,
        ],
    ),
  ];
  for (const [reason, request] of refused)
    test(`is refused for its ${reason}: ${JSON.stringify(request)}`, () =>
      assert.equal(judge(request), reason));

  test('is refused when the schema would change it, so that no key is dropped in silence.', () => {
    const loose = {
      ...sampleRoutes['appointment.break'],
      body: z.object({ sendToUnscheduledList: z.string() }),
    };
    const loosened = wall.site({ base, kind: 'vendor', routes: { loose }, credentialHeaders: [] });
    const request = { method: 'PUT', url: `${base}/appointments/7/Break`, headers: [json] };
    assert.equal(admits({ ...request, body: '{"sendToUnscheduledList":"true"}' }, [loosened]).admitted, true);
    assert.equal(
      admits({ ...request, body: '{"sendToUnscheduledList":"true","breakType":"Missed"}' }, [loosened])
        .admitted,
      false,
    );
  });

  test('belongs to the sites it is judged for, and to no other.', () => {
    const request = { method: 'GET', url: `${base}/appointments/7`, headers: [], body: undefined };
    assert.equal(admits(request, [other]).admitted, false);
    assert.equal(admits(request, []).admitted, false);
  });
});
