import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listWaitingBases, nameBase } from '#scheduling/consent/approvals.ts';
import { enterCode } from '#scheduling/consent/links.ts';
import { ConsentProblem } from '#scheduling/consent/problem.ts';
import { addRegistration } from '#scheduling/consent/registrations.ts';
import { fhirR4 } from '../../../adapters/fhir-r4/index.ts';
import { startConnectGateway } from '../../http/connect/support.ts';
import { createLure } from './naive-clients.ts';
import { openNetwork } from './network.ts';
import { aimed, forms, openRange } from './range.ts';
import { tricks } from './spellings.ts';

/** What a person at a practice types where the page asks for the address of its EMR, with all that lies behind it. */
const range = await openRange();
const { network, wall } = range;
const naive = await openNetwork();
const lures = createLure(naive);
network.hosts.set('emr.example.com', (_, res) =>
  res.end(
    JSON.stringify({
      authorization_endpoint: 'https://login.example.com/authorize',
      token_endpoint: 'https://login.example.com/token',
      grant_types_supported: ['authorization_code'],
      code_challenge_methods_supported: ['S256'],
      capabilities: ['launch-standalone'],
    }),
  ),
);
const gateway = await startConnectGateway({ adapters: [fhirR4] });
const services = { ...gateway.gateway.consent, wall };
const practiceId = await gateway.addPractice();
const { url, code } = await gateway.link(practiceId, { emr: 'fhir-r4', kind: 'vendor-sandbox' });
const unbound = { session: undefined, origin: '198.51.100.7', requestId: 'a' };
const visit = { ...unbound, session: await enterCode(services, unbound, url.split('/').at(-1) ?? '', code) };

for (const [trick, spellings] of tricks)
  test(`A practice cannot name an address inside. ${trick}`, async () => {
    for (const [turn, spelling] of spellings.entries()) {
      const document = '/r4/.well-known/smart-configuration';
      assert.ok(await lures(`${aimed(spelling, naive, 'http')}${document}`), 'Negative control.');
      const typed = aimed(spelling, network, forms[turn % 3] ?? 'https');
      const whole = turn % 2 === 0 ? typed : `${typed}/r4/metadata/`;
      await assert.rejects(nameBase(services, visit, whole), isRefused, whole);
    }
    assert.deepEqual(await listWaitingBases(services), []);
    await range.held();
  });

test('Nor can an operator register one.', async () => {
  for (const [, spellings] of tricks)
    for (const spelling of spellings)
      await assert.rejects(
        addRegistration(
          services,
          { person: 'Kim Lee', reason: 'a test' },
          registration(aimed(spelling, network, 'https')),
        ),
        isRefused,
      );
  await range.held();
});

test('A legal one is asked once, and waits for a person.', async () => {
  await nameBase(services, visit, 'https://emr.example.com/r4/');
  const [waiting] = await listWaitingBases(services);
  assert.equal(waiting?.base, 'https://emr.example.com/r4');
  await range.held();
});

function registration(origin: string) {
  return {
    context: 'somewhere',
    adapter: 'fhir-r4',
    kind: 'vendor',
    origin,
    grantType: 'authorization_code',
    clientId: 'postern',
    clientAuthentication: 'none',
    scopeDialect: 'v2',
    clientSecret: undefined,
    algorithm: 'ES384',
  } as const;
}

function isRefused(error: unknown): boolean {
  return error instanceof ConsentProblem && error.code === 'address-refused';
}
