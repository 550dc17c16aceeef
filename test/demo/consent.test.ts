import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { adapters } from '#adapters';
import { type Caller, nilAgent } from '#scheduling/caller.ts';
import { rowId } from '#scheduling/ids.ts';
import { listConnections } from '#store/connections.ts';
import { startDrChrono } from '../../adapters/drchrono/simulator/start-drchrono.ts';
import { startPractice } from '../../adapters/epic/simulator/start-practice.ts';
import { connectByConsent } from '../../src/demo/consent.ts';
import { type DemoAccess, demoOffices } from '../../src/demo/offices.ts';
import { startConnectGateway } from '../http/connect/support.ts';

const gateway = await startConnectGateway({
  adapters: adapters.filter(({ id }) => id === 'epic' || id === 'drchrono'),
});
const stateDir = await mkdtemp(join(tmpdir(), 'postern-demo-consent-'));
const juniper = await startPractice({ stateDir });
const alder = await startDrChrono({ stateDir });
after(async () => {
  await juniper.stop();
  await alder.stop();
  await rm(stateDir, { recursive: true, force: true });
});

type Access = Extract<DemoAccess, { readonly kind: 'consent' }>;

/** States of the practice's connections, when its way to the consent has ended. */
async function connect(
  emr: string,
  simulatorUrl: string,
  change: (access: Access) => Access = (access) => access,
): Promise<readonly string[]> {
  const office = demoOffices.find((one) => one.emr === emr) ?? assert.fail();
  const access = office.access.kind === 'consent' ? office.access : assert.fail();
  const practiceId = await gateway.addPractice(office.name);
  const caller: Caller = {
    practiceId,
    agentId: nilAgent,
    actor: 'system:demo',
    requestId: rowId(),
    origin: 'cli',
  };
  const { consent, database } = gateway.gateway;
  await connectByConsent(consent, caller, { office, access: change(access), simulatorUrl, say: () => {} });
  return (await database.withPractice(practiceId, listConnections)).map(({ state }) => state);
}

test('a practice of the demo that has consented is connected', async () => {
  assert.deepEqual(await connect('epic', juniper.url), ['connected']);
});

test('one whose EMR wants more than scheduling is connected when somebody there has accepted that', async () => {
  assert.deepEqual(await connect('drchrono', alder.url), ['connected']);
});

test('one whose EMR wants more, which nobody accepts, is not', async () => {
  const refusing = ({ acceptsWider: _, ...access }: Access): Access => access;
  await assert.rejects(connect('drchrono', alder.url, refusing), {
    message:
      /^Alder Creek Family Medicine is not connected: its way to the consent ended at \/connect\/result/,
  });
});

test('one that did not get to the end is no reason to say that all is ready', async () => {
  const elsewhere = (access: Access): Access => ({
    ...access,
    settings: { ...access.settings, environment: 'none' },
  });
  await assert.rejects(connect('epic', juniper.url, elsewhere), {
    message: /^Juniper Family Medicine is not connected: its way to the consent ended at \/connect\//,
  });
});
