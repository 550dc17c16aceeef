import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AMARA, BASE, codesOf, openPractice, TOKEN } from './practice.ts';

const authorization = `Bearer ${TOKEN}`;
const person = `${BASE}/api/FHIR/R4/Patient/${AMARA}`;

test('the answer is XML unless JSON is asked for by Accept or _format', async (t) => {
  const practice = await openPractice(t);
  const rows: readonly [path: string, accept: string | undefined, type: string][] = [
    [person, undefined, 'application/xml; charset=utf-8'],
    [person, '*/*', 'application/xml; charset=utf-8'],
    [person, 'text/csv', 'application/xml; charset=utf-8'],
    [person, 'application/fhir+json', 'application/fhir+json; charset=utf-8'],
    [person, 'application/json', 'application/json; charset=utf-8'],
    [`${person}?_format=json`, undefined, 'application/json; charset=utf-8'],
  ];
  for (const [path, accept, type] of rows) {
    const reply = await practice.raw('GET', path, {
      authorization,
      ...(accept === undefined ? {} : { accept }),
    });
    assert.deepEqual([reply.status, reply.headers.get('content-type')], [200, type], `${path} ${accept}`);
  }
  assert.match((await practice.raw('GET', person, { authorization })).text, /^<\?xml .*<Patient xmlns=/);
});

test('refusals are XML too when nobody asks for JSON', async (t) => {
  const practice = await openPractice(t);
  const reply = await practice.raw('GET', `${BASE}/api/FHIR/R4/Appointment`, { authorization });
  assert.equal(reply.status, 400);
  assert.match(reply.text, /<OperationOutcome/);
});

test('a type that R4 does not have is a page of the web server with 404, token or not', async (t) => {
  const practice = await openPractice(t);
  for (const path of [
    '/R4/Slot?schedule=1',
    '/R4/Schedule',
    '/R4/Encounter',
    '/DSTU2/Patient',
    '/STU3/Patient/1',
  ])
    for (const headers of [{}, { authorization, accept: 'application/fhir+json' }]) {
      const reply = await practice.raw('GET', `${BASE}/api/FHIR${path}`, headers);
      assert.deepEqual([reply.status, reply.headers.get('content-type')], [404, 'text/html'], path);
      assert.match(reply.text, /<html/);
    }
});

test('a missing, unknown or misspelt token is 401 with an empty JSON string and a challenge', async (t) => {
  const practice = await openPractice(t);
  for (const sent of [undefined, 'Bearer other', `bearer${TOKEN}`, `Basic ${TOKEN}`]) {
    const reply = await practice.raw('GET', person, sent === undefined ? {} : { authorization: sent });
    assert.deepEqual([reply.status, reply.text], [401, '""'], sent);
    assert.match(reply.headers.get('content-type') ?? '', /^application\/json/);
    assert.equal(
      reply.headers.get('www-authenticate'),
      'Bearer error="invalid_token", error_description="The access token provided is not valid"',
    );
  }
});

test('an unknown id is 404 with 59008 and the element, one that cannot be an id is 4102', async (t) => {
  const practice = await openPractice(t);
  for (const type of [
    'Appointment',
    'Patient',
    'Practitioner',
    'PractitionerRole',
    'Location',
    'Organization',
  ]) {
    const reply = await practice.r4('GET', `/${type}/404404404`);
    const [issue] = reply.json().issue;
    assert.deepEqual([reply.status, codesOf(reply.json())], [404, ['59008']], type);
    assert.deepEqual(
      [issue.severity, issue.code, issue.location, issue.expression],
      ['fatal', 'not-found', ['/f:id'], ['id']],
    );
  }
  const tooLong = await practice.r4('GET', `/Appointment/${'e'.repeat(66)}`);
  assert.deepEqual([tooLong.status, codesOf(tooLong.json())], [404, ['4102']]);
});

test('no verb writes an appointment in R4: 405, or 404 by setting, whatever If-Match and If-None-Exist say', async (t) => {
  const practice = await openPractice(t);
  const [proposal] = await practice.proposals();
  const { id } = (await practice.book(proposal.id)).json().entry[0].resource;
  const headers = {
    authorization,
    accept: 'application/fhir+json',
    'if-match': 'W/"1"',
    'if-none-exist': 'x',
  };
  const verbs = [
    ['POST', '/Appointment'],
    ['PUT', `/Appointment/${id}`],
    ['PATCH', `/Appointment/${id}`],
    ['DELETE', `/Appointment/${id}`],
    ['POST', '/Patient'],
  ] as const;
  for (const status of [405, 404]) {
    await practice.sim('PUT', '/settings', { unsupportedVerb: status });
    for (const [method, path] of verbs) {
      const reply = await practice.raw(
        method,
        `${BASE}/api/FHIR/R4${path}`,
        headers,
        '{"status":"cancelled"}',
      );
      assert.equal(reply.status, status, `${method} ${path}`);
    }
  }
  assert.equal((await practice.ledger(id)).writes.length, 1);
});

test('no answer has an ETag', async (t) => {
  const practice = await openPractice(t);
  const [proposal] = await practice.proposals();
  const booked = await practice.book(proposal.id);
  const read = await practice.r4('GET', `/Appointment/${booked.json().entry[0].resource.id}`);
  assert.deepEqual([booked.headers.get('etag'), read.headers.get('etag')], [null, null]);
  assert.equal(read.json().meta, undefined);
});

test('both statements of capability leave out $find and $book, R4 also Slot and Schedule, and need no token', async (t) => {
  const practice = await openPractice(t);
  const statement = async (version: string) =>
    (
      await practice.raw('GET', `${BASE}/api/FHIR/${version}/metadata`, { accept: 'application/fhir+json' })
    ).json();
  const types = ({ rest }: { rest: [{ resource: { type: string }[] }] }) =>
    rest[0].resource.map(({ type }) => type);
  const [r4, stu3] = [await statement('R4'), await statement('STU3')];
  assert.deepEqual(types(r4), [
    'Appointment',
    'Location',
    'Organization',
    'Patient',
    'Practitioner',
    'PractitionerRole',
  ]);
  assert.deepEqual(types(stu3), ['Appointment', 'Schedule', 'Slot']);
  assert.deepEqual([r4.fhirVersion, stu3.fhirVersion], ['4.0.1', '3.0.1']);
  assert.doesNotMatch(JSON.stringify([r4, stu3]), /operation|\$find|\$book/);
  assert.equal(r4.rest[0].resource[0].conditionalCreate, false);
});

test('the SMART configuration is JSON for everybody, names the endpoints and hardly any scope', async (t) => {
  const practice = await openPractice(t);
  const reply = await practice.raw('GET', `${BASE}/api/FHIR/R4/.well-known/smart-configuration`, {
    accept: 'application/xml',
  });
  const smart = reply.json();
  assert.equal(smart.token_endpoint, `${practice.url}${BASE}/oauth2/token`);
  assert.equal(smart.authorization_endpoint, `${practice.url}${BASE}/oauth2/authorize`);
  assert.equal(smart.issuer, `${practice.url}${BASE}/oauth2`);
  assert.deepEqual(smart.code_challenge_methods_supported, ['S256']);
  assert.deepEqual(smart.scopes_supported, [
    'epic.scanning.dmsusername',
    'fhirUser',
    'launch',
    'openid',
    'profile',
  ]);
  for (const missing of ['introspection_endpoint', 'revocation_endpoint', 'registration_endpoint'])
    assert.equal(smart[missing], undefined);
});
