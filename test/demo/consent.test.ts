import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { adapters } from '#adapters';
import { type Caller, nilAgent } from '#scheduling/caller.ts';
import { rowId } from '#scheduling/ids.ts';
import { listConnections } from '#store/connections.ts';
import { startPractice } from '../../adapters/epic/simulator/start-practice.ts';
import { connectByConsent } from '../../src/demo/consent.ts';
import { demoOffices } from '../../src/demo/offices.ts';
import { startConnectGateway } from '../http/connect/support.ts';

const gateway = await startConnectGateway({ adapters: adapters.filter(({ id }) => id === 'epic') });
const stateDir = await mkdtemp(join(tmpdir(), 'postern-demo-consent-'));
const simulator = await startPractice({ stateDir });
after(async () => {
  await simulator.stop();
  await rm(stateDir, { recursive: true, force: true });
});
const office = demoOffices.find(({ emr }) => emr === 'epic') ?? assert.fail();
const access = office.access.kind === 'consent' ? office.access : assert.fail();

async function connect(changes: Partial<typeof access>): Promise<readonly string[]> {
  const practiceId = await gateway.addPractice(office.name);
  const caller: Caller = {
    practiceId,
    agentId: nilAgent,
    actor: 'system:demo',
    requestId: rowId(),
    origin: 'cli',
  };
  const { consent, database } = gateway.gateway;
  await connectByConsent(consent, caller, {
    office,
    access: { ...access, ...changes },
    simulatorUrl: simulator.url,
    say: () => {},
  });
  return (await database.withPractice(practiceId, listConnections)).map(({ state }) => state);
}

test('a practice of the demo that has consented is connected', async () => {
  assert.deepEqual(await connect({}), ['connected']);
});

test('one that did not get to the end is no reason to say that all is ready', async () => {
  await assert.rejects(connect({ settings: { ...access.settings, environment: 'none' } }), {
    message: /^Juniper Family Medicine is not connected: its way to the consent ended at \/connect\//,
  });
});
