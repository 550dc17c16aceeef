import type { Config } from '#config';
import { agentScopes } from '#fhir/scopes.ts';
import { agentServices, reviewAgents } from '#scheduling/agent-services.ts';
import {
  disableAgent,
  enableAgent,
  longestLifeDays,
  registerAgent,
  rotateAgentSecret,
  rotationHours,
} from '#scheduling/agents.ts';
import type { Agent } from '#store/agents.ts';
import type { Secret } from '#vault/secret.ts';
import { type Answer, type Command, practiceCommand } from '../command.ts';
import { Complaint } from '../complaint.ts';
import { facts, table } from '../layout.ts';
import { ownAddressNote } from '../own-address.ts';
import { fileOf, instantOf, integerOf } from '../typed.ts';
import { typedLine } from '../typed-line.ts';

const agent = {
  value: 'ID',
  id: true,
  required: true,
  help: `the agent; ${typedLine('agent list --practice ID')} names them`,
} as const;

export const agentCommands: readonly Command[] = [
  practiceCommand({
    name: 'agent add',
    help: 'Registers an agent for a practice and shows its secret, once',
    options: {
      name: { value: 'NAME', required: true, help: 'shown to staff' },
      owner: { value: 'NAME', required: true, help: 'the person or company that answers for it' },
      expires: {
        value: 'DAY',
        required: true,
        help: `a day, its first moment in UTC, or an instant; within ${longestLifeDays} days`,
      },
      scope: {
        value: 'SCOPES',
        help: 'SMART scopes, separated by spaces; all that agents may have when absent',
      },
      method: {
        choices: ['client_secret_basic', 'client_secret_post', 'private_key_jwt'],
        help: 'how it proves itself at the token endpoint; client_secret_basic when absent',
      },
      jwks: { value: 'PATH', help: 'its public keys, a JWK set, for private_key_jwt' },
    },
    async run({ on, caller, config, about }, values) {
      const { name, owner, expires, scope = agentScopes.join(' '), method = 'client_secret_basic' } = values;
      const jwks = values.jwks === undefined ? undefined : parseJson(await fileOf('jwks', values.jwks));
      const registered = await registerAgent(agentServices(on, caller), {
        practiceId: caller.practiceId,
        name,
        owner,
        authMethod: method,
        scope,
        expiresAt: instantOf('expires', expires),
        ...(jwks !== undefined && { jwks }),
      });
      about(registered.agentId);
      return credentials(config, { ...registered, scope });
    },
  }),
  practiceCommand({
    name: 'agent list',
    help: 'Lists the agents of a practice',
    async run({ on, caller }) {
      const agents = await reviewAgents(on, caller);
      const now = on.clock.now();
      const rows = agents.map((one) => [
        one.agentId,
        one.name,
        one.owner,
        one.clientId,
        one.authMethod,
        one.expiresAt,
        one.lastUsedAt,
        stateOf(one, now),
      ]);
      const headings = ['agent', 'name', 'owner', 'client_id', 'method', 'expires', 'last used', 'state'];
      return { text: table(headings, rows, 'This practice has no agent.'), json: agents };
    },
  }),
  practiceCommand({
    name: 'agent rotate',
    help: 'Gives an agent a new secret and shows it, once',
    arguments: { agent },
    options: {
      'overlap-hours': {
        value: 'HOURS',
        help: `for how long the old one works too; ${rotationHours.usual} when absent, ${rotationHours.most} at most`,
      },
    },
    async run({ on, caller, config, about }, values) {
      const overlap = values['overlap-hours'];
      const key = { practiceId: caller.practiceId, agentId: values.agent };
      about(key.agentId);
      const rotated = await rotateAgentSecret(agentServices(on, caller), {
        ...key,
        ...(overlap !== undefined && { overlapHours: integerOf('overlap-hours', overlap) }),
      });
      return credentials(config, { agentId: key.agentId, ...rotated });
    },
  }),
  practiceCommand({
    name: 'agent disable',
    help: 'Ends the access of an agent within a second',
    arguments: { agent },
    async run({ on, caller, about }, { agent: agentId }) {
      about(agentId);
      await disableAgent(agentServices(on, caller), { practiceId: caller.practiceId, agentId });
      return { text: `Agent ${agentId} is disabled.`, json: { agentId, disabled: true } };
    },
  }),
  practiceCommand({
    name: 'agent enable',
    help: 'Gives an agent its access back, until it expires',
    arguments: { agent },
    async run({ on, caller, about }, { agent: agentId }) {
      about(agentId);
      await enableAgent(agentServices(on, caller), { practiceId: caller.practiceId, agentId });
      return { text: `Agent ${agentId} is enabled.`, json: { agentId, disabled: false } };
    },
  }),
];

/** The one place that reveals a secret: right after it was made. */
async function credentials(
  config: Config,
  given: {
    readonly agentId: string;
    readonly clientId: string;
    readonly clientSecret: Secret | undefined;
    readonly scope?: string;
  },
): Promise<Answer> {
  const { publicUrl } = config;
  const shown = {
    agent: given.agentId,
    client_id: given.clientId,
    client_secret: given.clientSecret?.reveal(),
    token_endpoint: publicUrl && `${publicUrl}/oauth/token`,
    scope: given.scope,
  };
  const text = [
    facts(shown),
    ...(given.clientSecret ? ['The secret is shown this once; only its hash is kept.'] : []),
    ...(await ownAddressNote(config, publicUrl)),
  ].join('\n\n');
  return { text, json: shown };
}

function stateOf({ disabledAt, expiresAt }: Agent, now: number): string {
  if (disabledAt) return 'disabled';
  return expiresAt.getTime() <= now ? 'expired' : 'enabled';
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    throw new Complaint('The file of --jwks is not JSON.');
  }
}
