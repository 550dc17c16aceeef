import { randomBytes } from 'node:crypto';
import type { Gateway } from '#app';
import { agentScopes } from '#fhir/scopes.ts';
import { type AgentRegistration, disableAgent, registerAgent } from '#scheduling/agents.ts';
import { attemptOf, type Caller, nilAgent } from '#scheduling/caller.ts';
import { connectWithKey } from '#scheduling/connect.ts';
import { rowId } from '#scheduling/ids.ts';
import { insertPractice, type PracticeChange, updatePractice } from '#store/practices.ts';
import { listVisitTypes, saveVisitType, type VisitType } from '#store/visit-types.ts';
import { type DemoPatient, demoPatients } from '../../adapters/open-dental/simulator/demo-patients.ts';
import { DEMO_KEY, startOffice } from '../../adapters/open-dental/simulator/start-office.ts';
import { createTestAgent, type TestAgent } from './agent.ts';
import { createTestSimulator, type TestSimulator } from './simulator.ts';
import { keepSimulatorLog } from './simulator-logs.ts';

export interface TestPractice {
  readonly id: string;
  /** IANA zone. */
  readonly timeZone: string;
  /** One that may do all that agents may. */
  readonly agent: TestAgent;
  readonly simulator: TestSimulator;
  readonly patients: readonly DemoPatient[];
  /** Registers another agent. */
  addAgent(
    changes?: Partial<Pick<AgentRegistration, 'scope' | 'authMethod' | 'jwks' | 'expiresAt'>>,
  ): Promise<TestAgent>;
  disable(agent: TestAgent): Promise<void>;
  /** As the operator's command line does it; seen by requests within a second. */
  change(change: PracticeChange): Promise<void>;
  changeVisitType(code: string, change: Partial<VisitType>): Promise<void>;
}

const offices = {
  cedar: { name: 'Cedar Street Dental', timeZone: 'America/Denver' },
  saguaro: { name: 'Saguaro Family Dentistry', timeZone: 'America/Phoenix' },
} as const;

/** A practice with its simulator, connected, and an agent that may do everything agents may. */
export async function addPractice(options: {
  readonly gateway: Gateway;
  readonly url: string;
  readonly office: keyof typeof offices;
  readonly stateDir: string;
  readonly now: () => number;
  /** Another EMR in the office's place. */
  readonly start?: typeof startOffice;
}): Promise<{ practice: TestPractice; stop: () => Promise<void> }> {
  const { gateway, url, office, stateDir, now, start = startOffice } = options;
  const { scheduling, database } = gateway;
  const running = await start({ office, stateDir, settings: { throttle: false }, now });
  const practiceId = rowId();
  const { name, timeZone } = offices[office];
  await database.withPractice(practiceId, (tx) =>
    insertPractice(tx, {
      practiceId,
      name,
      timeZone,
      phone: undefined,
      mode: 'sandbox',
      bookingMode: 'live',
    }),
  );
  const caller: Caller = {
    practiceId,
    agentId: nilAgent,
    actor: 'operator:test',
    requestId: rowId(),
    origin: 'cli',
  };
  await connectWithKey(scheduling, caller, {
    adapter: 'open-dental',
    kind: 'simulator',
    origin: `${running.url}/api/v1`,
    secrets: { customerKey: DEMO_KEY.customer },
    settings: {},
  });

  const services = {
    database,
    audit: async (tx, change) => {
      const attempt = attemptOf(caller, { action: change.action, resourceId: change.agentId });
      await scheduling.audit.record(tx, practiceId, { ...attempt, outcome: 'success' });
    },
    clock: () => new Date(now()),
    random: randomBytes,
  } satisfies Parameters<typeof registerAgent>[0];
  const addAgent: TestPractice['addAgent'] = async (changes = {}) => {
    const { agentId, clientId, clientSecret } = await registerAgent(services, {
      practiceId,
      name: 'Voice agent',
      owner: 'Voice Company',
      authMethod: 'client_secret_basic',
      scope: agentScopes.join(' '),
      expiresAt: new Date(now() + 30 * 86_400_000),
      ...changes,
    });
    return createTestAgent({ url, id: agentId, clientId, secret: clientSecret?.reveal() ?? '' });
  };
  const practice: TestPractice = {
    id: practiceId,
    timeZone,
    agent: await addAgent(),
    simulator: createTestSimulator(running.url),
    patients: demoPatients[office],
    addAgent,
    disable: ({ id }) => disableAgent(services, { practiceId, agentId: id }),
    change: (change) => database.withPractice(practiceId, (tx) => updatePractice(tx, change)),
    changeVisitType: (code, change) =>
      database.withPractice(practiceId, async (tx) => {
        const type = (await listVisitTypes(tx)).find((one) => one.code === code);
        if (!type) throw new Error(`There is no visit type ${code}.`);
        await saveVisitType(tx, practiceId, { ...type, ...change });
      }),
  };
  return {
    practice,
    async stop() {
      await keepSimulatorLog(running.url);
      await running.stop();
    },
  };
}
