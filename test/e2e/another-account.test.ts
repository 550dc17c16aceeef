import assert from 'node:assert/strict';
import { it } from 'node:test';
import { nilAgent } from '#scheduling/caller.ts';
import { connectWithKey } from '#scheduling/connect.ts';
import { disableConnection, listConnections } from '#store/connections.ts';
import { startTestGateway } from '#test/gateway.ts';
import { book, booked, cancelPatch, hold, offer, patient } from '#test/story.ts';
import { DEMO_KEY } from '../../adapters/open-dental/simulator/start-office.ts';

const gateway = await startTestGateway();
const { cedar, saguaro } = gateway;
const visit = await booked(cedar, 0);
const [time, who] = [await offer(cedar.agent), await patient(cedar, 1)];

// The practice changes to another EMR, in which its patients' numbers are other people's.
await gateway.database.database.withPractice(cedar.id, async (tx) => {
  const [old] = await listConnections(tx);
  await disableConnection(tx, old?.connectionId ?? '', new Date());
});
gateway.advance(1_001);
await connectWithKey(
  gateway.gateway.scheduling,
  { practiceId: cedar.id, agentId: nilAgent, actor: 'operator:test', requestId: 'other', origin: 'cli' },
  {
    adapter: 'open-dental',
    kind: 'simulator',
    origin: `${saguaro.simulator.url}/api/v1`,
    secrets: { customerKey: DEMO_KEY.customer },
    settings: {},
  },
);
gateway.advance(1_001);

it('ids of the account a practice had before mean nobody at the one it has now, and nothing is sent for them', async () => {
  const before = await saguaro.simulator.ledger();
  const { agent } = cedar;
  const answers = {
    'read an appointment': await agent.fhir('GET', `/Appointment/${visit.id}`),
    'appointments of a patient': await agent.fhir('GET', `/Appointment?patient=Patient/${who}`),
    'hold an opening': await hold(agent, time.id),
    'book an opening': await book(agent, time.id, who),
    'book a new opening for the old patient': await book(agent, (await offer(agent)).id, who),
    'cancel an appointment': await agent.fhir('PATCH', `/Appointment/${visit.id}`, {
      body: cancelPatch,
      headers: { 'if-match': `W/"${visit.meta?.versionId}"` },
    }),
  };
  assert.deepEqual(
    Object.fromEntries(
      Object.entries(answers).map(([what, { status, code }]) => [what, `${status} ${code}`]),
    ),
    {
      'read an appointment': '404 not-found',
      'appointments of a patient': '404 unknown-patient',
      'hold an opening': '409 stale-opening',
      'book an opening': '409 stale-opening',
      'book a new opening for the old patient': '404 unknown-patient',
      'cancel an appointment': '404 not-found',
    },
  );
  assert.deepEqual(await saguaro.simulator.ledger(), before);
});
