import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { grammar, type Route, type RouteArguments, z } from '#adapter-kit/index.ts';
import { compileRoutes } from '#egress/index.ts';
import { sampleRoutes } from './sample-table.ts';

const base = 'https://api.example.com/api/v1';
const anything = { pattern: /[\s\S]*/, maxLength: 1_000 };
const simple = {
  method: 'GET',
  response: 'empty',
  ok: [200],
  timeoutMs: 1,
  maxResponseBytes: 1,
  effect: 'read',
} as const;
const routes = compileRoutes({
  ...sampleRoutes,
  open: { ...simple, template: '/open/{value}', path: { value: anything }, query: { text: anything } },
  sticky: { ...simple, template: '/sticky/{value}', path: { value: { pattern: /[0-9]+/gy, maxLength: 9 } } },
});
const build = (id: string, args?: RouteArguments) => routes.build(base, id, args);

describe('Building a request', () => {
  const built: [id: string, args: RouteArguments | undefined, method: string, path: string, body?: string][] =
    [
      ['appointment.read', { path: { AptNum: 88210 } }, 'GET', '/appointments/88210'],
      [
        'appointment.search',
        { query: { dateStart: '2031-03-04', dateEnd: '2031-03-05', PatNum: undefined } },
        'GET',
        '/appointments?dateStart=2031-03-04&dateEnd=2031-03-05',
      ],
      [
        'appointment.search',
        { query: { dateStart: '2031-03-04', dateEnd: '2031-03-05', DateTStamp: '2031-03-01 07:12:44' } },
        'GET',
        '/appointments?dateStart=2031-03-04&dateEnd=2031-03-05&DateTStamp=2031-03-01%2007%3A12%3A44',
      ],
      [
        'patient.match',
        { query: { LName: "O'Núñez-Ng", FName: 'Ana María', Birthdate: '1990-11-02' } },
        'GET',
        '/patients/Simple?LName=O%27N%C3%BA%C3%B1ez-Ng&FName=Ana%20Mar%C3%ADa&Birthdate=1990-11-02',
      ],
      [
        'appointment.break',
        { path: { AptNum: 7 }, body: { sendToUnscheduledList: 'true' } },
        'PUT',
        '/appointments/7/Break',
        '{"sendToUnscheduledList":"true"}',
      ],
      [
        'open',
        { path: { value: 'a+b|c&d=e' }, query: { text: '../a?b#c;d%2e\\' } },
        'GET',
        '/open/a%2Bb%7Cc%26d%3De?text=..%2Fa%3Fb%23c%3Bd%252e%5C',
      ],
      ['sticky', { path: { value: '12' } }, 'GET', '/sticky/12'],
      ['sticky', { path: { value: '34' } }, 'GET', '/sticky/34'],
    ];
  for (const [id, args, method, path, body] of built)
    test(`${id} becomes ${method} ${path}`, () => {
      const request = build(id, args);
      assert.deepEqual([request.method, request.url, request.body], [method, base + path, body]);
    });

  const dates = { dateStart: '2031-03-04', dateEnd: '2031-03-05' };
  const visit = { PatNum: 1, Op: 4, AptDateTime: '2031-03-04 10:30:00' };
  const refused: [reason: string, id: string, args?: unknown][] = [
    ['unknown-route', 'appointment.delete'],
    ['unknown-route', '__proto__'],
    ['unknown-route', 'constructor'],
    ['path-missing', 'appointment.read'],
    ['path-missing', 'appointment.read', { path: { AptNum: null } }],
    ['path-missing', 'appointment.read', { path: { AptNum: ['7'] } }],
    ['path-missing', 'appointment.read', { path: { AptNum: { toString: () => '7' } } }],
    ['path-missing', 'appointment.read', { path: { AptNum: Number.NaN } }],
    ['path-unknown', 'appointment.read', { path: { AptNum: 7, PatNum: 7 } }],
    ['path-unknown', 'appointment.search', { path: { x: 1 }, query: dates }],
    ...[
      '',
      '.',
      '..',
      '7/../8',
      '7%2e',
      '7;x',
      '7?x',
      '7#x',
      '7\\8',
      '7 ',
      '7\n',
      '\t7',
      '7\0',
      '07',
      '-7',
      '7e3',
      '１',
      '9'.repeat(19),
    ].map(
      (value) => ['path-value', 'appointment.read', { path: { AptNum: value } }] as [string, string, unknown],
    ),
    ['path-value', 'appointment.read', { path: { AptNum: 1e21 } }],
    ...[
      '.',
      '..',
      'a/b',
      'a\\b',
      '%2e%2e',
      'a;b',
      'a?b',
      'a#b',
      'a\u0000b',
      'a\u200bb',
      'a\u2028b',
      'a\u0085b',
      '\ud800',
    ].map((value) => ['path-value', 'open', { path: { value } }] as [string, string, unknown]),
    ['query-value', 'open', { path: { value: 'a' }, query: { text: 'a\r\nb' } }],
    ['query-value', 'open', { path: { value: 'a' }, query: { text: '\udfff' } }],
    ['query-missing', 'appointment.search', { query: { dateStart: '2031-03-04' } }],
    ['query-missing', 'appointment.search', { query: { ...dates, dateEnd: undefined } }],
    ['query-unknown', 'appointment.search', { query: { ...dates, _include: 'x' } }],
    ['query-unknown', 'appointment.read', { path: { AptNum: 7 }, query: { verbose: true } }],
    ['query-value', 'appointment.search', { query: { ...dates, PatNum: '1&PatNum=2' } }],
    ['query-repeated', 'appointment.search', { query: { ...dates, PatNum: ['1', '2'] } }],
    ['query-value', 'appointment.search', { query: { ...dates, AptStatus: 'scheduled' } }],
    ['query-value', 'appointment.search', { query: { ...dates, dateEnd: '2031-03-05\n' } }],
    ['body', 'appointment.create'],
    ['body', 'appointment.create', { body: { ...visit, AppointmentTypeNum: 5 } }],
    ['body', 'appointment.create', { body: { ...visit, Op: '4' } }],
    ['body', 'appointment.create', { body: JSON.stringify(visit) }],
    ['body-unknown', 'appointment.read', { path: { AptNum: 7 }, body: {} }],
  ];
  for (const [reason, id, args] of refused)
    test(`${id} with ${JSON.stringify(args)} is refused: ${reason}.`, () => {
      // Arguments that the types would not let an adapter write.
      assert.throws(() => build(id, args as RouteArguments), { name: 'WallRefusal', reason });
    });

  test('A table that is itself wrong is not compiled.', () => {
    const wrong: Partial<Route>[] = [
      { template: '/a/{b}' },
      { template: '/a', path: { b: grammar.id } },
      { template: '/{b}/{b}', path: { b: grammar.id } },
      { template: '/a/{b}.json', path: { b: grammar.id } },
      { template: '/a//b' },
      { template: '/../a' },
      { template: '/a/%2e' },
      { template: '/a?b=c' },
      { template: '/' },
      ...['', ' v4', 'v4 ', 'v4\r\nx: y', 'v4\0', 'v\u00e9', 'v'.repeat(201)].map((value) => ({
        template: '/a' as const,
        headers: { 'x-a': value },
      })),
    ];
    for (const parts of wrong)
      assert.throws(
        () => compileRoutes({ wrong: { ...simple, template: '/', ...parts } }),
        TypeError,
        parts.template,
      );
  });

  test('Defaults of a body schema are filled in before it is sent.', () => {
    const table = {
      a: {
        ...simple,
        method: 'POST',
        effect: 'write',
        template: '/a',
        body: z.strictObject({ n: z.number().default(1) }),
      },
    } as const;
    assert.equal(compileRoutes(table).build(base, 'a', { body: {} }).body, '{"n":1}');
  });
});
