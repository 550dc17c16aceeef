import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Bearer } from '../../simulator/admission.ts';
import { BASE, booking, cancelled, matchesOf, NORA, openClinic, PIER, slotQuery, TENANT } from './clinic.ts';

const system = (scope: string): Bearer => ({ token: 'narrow', clientId: 'c', persona: 'system', scope });
const reads = { accept: 'application/fhir+json', authorization: 'Bearer first-token' };

test('without a token, or with one that nobody issued, the answer is 401 with a challenge', async (t) => {
  const clinic = await openClinic(t);
  for (const authorization of [
    '',
    'Bearer',
    'Bearer nobody',
    'Basic Zmlyc3QtdG9rZW46',
    'Bearer first-token x',
  ]) {
    const headers = authorization === '' ? {} : { authorization };
    const reply = await clinic.raw('GET', `${BASE}/Slot?${slotQuery()}`, { headers });
    assert.equal(reply.status, 401, authorization);
    assert.match(reply.headers.get('www-authenticate') ?? '', /^Bearer .*error="invalid_token"/);
  }
  const good = await clinic.raw('GET', `${BASE}/Slot?${slotQuery()}`, { headers: reads });
  assert.equal(good.status, 200);
});

test('another tenant, or an app that is not enabled, is 403 and not 404', async (t) => {
  const clinic = await openClinic(t);
  for (const tenant of ['another', `${TENANT}1`, TENANT.toUpperCase()]) {
    const reply = await clinic.raw('GET', `/r4/${tenant}/Slot/1`, { headers: reads });
    assert.equal(reply.status, 403);
    assert.match(reply.text, /Tenant not valid or accessible/);
  }
  await clinic.set({ appDisabled: true });
  assert.equal((await clinic.raw('GET', `${BASE}/metadata`)).status, 403);
});

test('another media type than JSON is 406 without a body', async (t) => {
  const clinic = await openClinic(t);
  const status = async (accept: string, path = '/metadata') =>
    (await clinic.raw('GET', BASE + path, { headers: { accept } })).status;
  for (const accept of ['application/fhir+xml', 'application/xml', 'text/html', 'application/json;q=0']) {
    const reply = await clinic.api('GET', `/Slot?${slotQuery()}`, { headers: { accept } });
    assert.deepEqual([reply.status, reply.text, reply.headers.get('content-length')], [406, '', '0'], accept);
  }
  for (const accept of ['*/*', 'application/json', 'application/fhir+json', 'text/html, application/*;q=0.1'])
    assert.equal(await status(accept), 200, accept);
  assert.equal(await status('*/*', '/metadata?_format=xml'), 406);
  assert.equal(await status('application/xml', '/metadata?_format=json'), 200);
});

test('discovery needs no token, and the SMART configuration is JSON whatever was asked for', async (t) => {
  const clinic = await openClinic(t);
  const reply = await clinic.raw('GET', `${BASE}/.well-known/smart-configuration`, {
    headers: { accept: 'application/xml' },
  });
  assert.equal(reply.status, 200);
  assert.match(reply.headers.get('content-type') ?? '', /^application\/json/);
  const smart = reply.json();
  assert.equal(
    smart.token_endpoint,
    `${clinic.url}/tenants/${TENANT}/hosts/fhir-ehr.cerner.com/protocols/oauth2/profiles/smart-v1/token`,
  );
  assert.equal(
    smart.authorization_endpoint,
    `${clinic.url}/tenants/${TENANT}/protocols/oauth2/profiles/smart-v1/personas/provider/authorize`,
  );
  assert.equal(smart.issuer, `${clinic.url}/tenants/${TENANT}`);
  assert.deepEqual(smart.code_challenge_methods_supported, ['S256']);
  assert.deepEqual(smart.token_endpoint_auth_methods_supported, ['client_secret_basic', 'private_key_jwt']);
  assert.ok(smart.scopes_supported.includes('system/Appointment.crus'));
  assert.ok(!smart.scopes_supported.some((scope: string) => /\*|cruds/.test(scope)));
  assert.ok(!smart.capabilities.includes('context-standalone-patient'));
});

test('the host of patients says so, reads alone and knows a patient in context', async (t) => {
  const clinic = await openClinic(t, { persona: 'patient' });
  const smart = (await clinic.raw('GET', `${BASE}/.well-known/smart-configuration`)).json();
  assert.ok(smart.capabilities.includes('context-standalone-patient'));
  assert.match(smart.authorization_endpoint, /\/personas\/patient\/authorize$/);
  assert.ok(smart.scopes_supported.includes('patient/Appointment.rs'));
  assert.ok(!smart.scopes_supported.some((scope: string) => /\.(write|crus|rus)$/.test(scope)));
});

test('the capability statement has the interactions that are played and no others', async (t) => {
  const clinic = await openClinic(t);
  const statement = (await clinic.raw('GET', `${BASE}/metadata`)).json();
  assert.deepEqual([statement.fhirVersion, statement.kind], ['4.0.1', 'instance']);
  assert.deepEqual(statement.patchFormat, ['application/json-patch+json']);
  const interactions = Object.fromEntries(
    statement.rest[0].resource.map(
      ({ type, interaction }: { type: string; interaction: { code: string }[] }) => [
        type,
        interaction.map(({ code }) => code).join(' '),
      ],
    ),
  );
  assert.equal(interactions.Appointment, 'read search-type create patch');
  assert.equal(interactions.Slot, 'read search-type patch');
  assert.equal(interactions.Schedule, 'read search-type');
});

test('each interaction needs its letter: r reads, s searches, c creates, u patches', async (t) => {
  const rows: readonly (readonly [string, readonly number[]])[] = [
    ['system/Appointment.r system/Slot.r', [200, 403, 200, 403, 403, 403]],
    ['system/Appointment.s system/Slot.s', [403, 200, 403, 200, 403, 403]],
    ['system/Appointment.read system/Slot.read', [200, 200, 200, 200, 403, 403]],
    ['system/Appointment.write', [403, 403, 403, 403, 201, 200]],
    ['system/Appointment.c', [403, 403, 403, 403, 201, 403]],
    ['system/Appointment.u', [403, 403, 403, 403, 403, 200]],
    ['system/Appointment.sr system/Slot.sr', [403, 403, 403, 403, 403, 403]],
    ['user/Appointment.crus user/Slot.rus', [403, 403, 403, 403, 403, 403]],
    ['system/*.crus', [403, 403, 403, 403, 403, 403]],
    ['', [403, 403, 403, 403, 403, 403]],
  ];
  for (const [scope, expected] of rows) {
    const clinic = await openClinic(t, { bearers: [system(scope)] });
    const [slot, other] = await clinic.slots({ '-location': PIER });
    const id = await clinic.book(slot.id);
    const as = 'narrow';
    const june = 'date=ge2027-06-01T00:00:00Z';
    const replies = [
      await clinic.api('GET', `/Slot/${slot.id}`, { as }),
      await clinic.api('GET', `/Slot?${slotQuery()}`, { as }),
      await clinic.api('GET', `/Appointment/${id}`, { as }),
      await clinic.api('GET', `/Appointment?patient=${NORA}&${june}`, { as }),
      await clinic.api('POST', '/Appointment', { body: booking(other.id, '13000102'), as }),
      await clinic.patch(`/Appointment/${id}`, '0', cancelled, as),
    ];
    assert.deepEqual(
      replies.map(({ status }) => status),
      expected,
      scope,
    );
    for (const reply of replies.filter(({ status }) => status === 403))
      assert.match(reply.headers.get('www-authenticate') ?? '', /error="insufficient_scope"/);
  }
});

test('a patient token reads its own appointments but the sensitive ones, and writes nothing', async (t) => {
  const patient = {
    token: 'patient-token',
    clientId: 'app',
    persona: 'patient',
    scope: 'patient/Appointment.crus patient/Slot.rus patient/Patient.crus',
  } as const;
  const clinic = await openClinic(t, { bearers: [{ ...patient, patient: NORA }] });
  const [slot, other] = await clinic.slots({ '-location': PIER });
  const [own, foreign] = [await clinic.book(slot.id), await clinic.book(other.id, '13000102')];
  const as = 'patient-token';
  assert.equal((await clinic.api('POST', '/Appointment', { body: booking(slot.id, NORA), as })).status, 403);
  assert.equal((await clinic.patch(`/Appointment/${own}`, '0', cancelled, as)).status, 403);
  const hold = [{ op: 'replace', path: '/status', value: 'busy-tentative' }];
  assert.equal((await clinic.patch(`/Slot/${slot.id}`, 'x', hold, as)).status, 403);
  assert.equal((await clinic.api('POST', '/Patient', { body: {}, as })).status, 403);
  assert.equal((await clinic.api('GET', `/Appointment/${own}`, { as })).status, 200);
  assert.equal((await clinic.api('GET', `/Appointment/${foreign}`, { as })).status, 403);
  const everyone = `/Appointment?patient=${NORA},13000102&date=ge2027-06-01T00:00:00Z`;
  assert.deepEqual(
    matchesOf(await clinic.api('GET', everyone, { as })).map(({ id }) => id),
    [own],
  );
  const [shown] = matchesOf(await clinic.api('GET', `/Slot?${slotQuery()}`, { as }));
  assert.equal(shown.serviceType[0].text, 'Office visit');
});

test('a sensitive appointment is hidden from its patient and not from the office', async (t) => {
  const clinic = await openClinic(t);
  const { appointments } = (await clinic.sim('GET', '/ledger')).json();
  const patients = new Set<string>(appointments.map(({ patientId }: { patientId: string }) => patientId));
  const bearers = [...patients].map((id) => ({
    token: `token-of-${id}`,
    clientId: 'app',
    persona: 'patient' as const,
    patient: id,
    scope: 'patient/Appointment.rs',
  }));
  const again = await openClinic(t, { bearers });
  const count = async (as: string): Promise<number> => {
    let found = 0;
    for (const id of patients) {
      const own = as === '' ? 'first-token' : as + id;
      const path = `/Appointment?patient=${id}&date=ge2027-01-01T00:00:00Z&_count=200`;
      found += matchesOf(await again.api('GET', path, { as: own })).length;
    }
    return found;
  };
  assert.equal((await count('')) - (await count('token-of-')), 1);
});

test('a patient scope without a patient in context allows nothing', async (t) => {
  const lost = {
    token: 'lost',
    clientId: 'app',
    persona: 'patient',
    scope: 'patient/Appointment.rs',
  } as const;
  const clinic = await openClinic(t, { bearers: [lost] });
  assert.equal((await clinic.api('GET', '/Appointment/1', { as: 'lost' })).status, 403);
});

test('a tenant may refuse a resource although the scope is granted', async (t) => {
  const clinic = await openClinic(t);
  assert.equal((await clinic.api('GET', `/Patient/${NORA}`)).status, 200);
  await clinic.set({ forbiddenResources: 'Patient,Location' });
  assert.equal((await clinic.api('GET', `/Patient/${NORA}`)).status, 403);
  assert.equal((await clinic.api('GET', `/Slot?${slotQuery()}`)).status, 200);
});

test('what is no resource is 404, a chart is 403, and a method that is not offered 405', async (t) => {
  const clinic = await openClinic(t);
  const rows = [
    ['GET', '/Appointments', 404],
    ['GET', '/PractitionerRole', 404],
    ['GET', '/Appointment/404404404', 404],
    ['GET', '/Observation?patient=1', 403],
    ['GET', '/Condition/1', 403],
    ['PUT', '/Appointment/1', 405],
    ['DELETE', '/Appointment/1', 405],
    ['POST', '/Slot', 405],
    ['POST', '/Schedule/_search', 405],
  ] as const;
  for (const [method, path, status] of rows) {
    const reply = await clinic.api(method, path, method === 'GET' ? {} : { body: {} });
    assert.equal(reply.status, status, `${method} ${path}`);
    assert.equal(reply.json().resourceType, 'OperationOutcome');
  }
  const missing = (await clinic.api('GET', '/Appointment/404404404')).json();
  assert.deepEqual(missing.issue, [{ severity: 'error', code: 'not-found', details: { text: 'Not Found' } }]);
  assert.equal((await clinic.raw('GET', '/')).status, 404);
});
