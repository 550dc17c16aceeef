import type { ConnectionSettings } from '#adapter-kit/adapter.ts';
import { Failure } from '#domain/failure.ts';
import { connectWithKey } from '#scheduling/connect.ts';
import {
  changeConnectionSettings,
  disableConnection,
  enableConnection,
  probeConnection,
  reviewConnections,
  syncConnection,
} from '#scheduling/connections.ts';
import { choicesBeside } from '#scheduling/consent/chosen-scopes.ts';
import { connectSystem } from '#scheduling/consent/connect-system.ts';
import { disconnect } from '#scheduling/consent/disconnect.ts';
import { makeConnectLink } from '#scheduling/consent/links.ts';
import { reviewRegistrations } from '#scheduling/consent/registrations.ts';
import type { ConsentServices } from '#scheduling/consent/services.ts';
import { listConnections } from '#store/connections.ts';
import { callsInWords } from '../calls-in-words.ts';
import { type Command, type Io, practiceCommand } from '../command.ts';
import { Complaint } from '../complaint.ts';
import { consentProblem } from '../consent-problem.ts';
import { facts, table } from '../layout.ts';
import { ownAddressNote } from '../own-address.ts';
import { settingValues } from '../setting-values.ts';
import { typedLine } from '../typed-line.ts';

const connection = {
  value: 'ID',
  id: true,
  help: `the connection; ${typedLine('connection list --practice ID')} names them`,
} as const;
const which = { connection: { ...connection, required: true } } as const;

export const connectionCommands: readonly Command[] = [
  practiceCommand({
    name: 'connection add',
    help: 'Connects a practice to its EMR; the key is read from standard input, or asked for without being shown',
    options: {
      adapter: { value: 'ID', required: true, help: 'npm run postern -- adapters lists them' },
      origin: { value: 'URL', required: true, help: 'exact origin and base path of the EMR’s API' },
      kind: {
        choices: ['vendor', 'vendor-sandbox', 'simulator'],
        required: true,
        help: 'a practice in sandbox connects to the latter two',
      },
      setting: { value: 'NAME=VALUE', many: true, help: 'a setting of the adapter' },
    },
    async run({ on, caller, io, about }, { adapter, origin, kind, setting = [] }) {
      const installed = on.emr.adapterOf(adapter);
      const settings = settingValues(installed, setting);
      const { authorization } = installed;
      const wanted = authorization.kind === 'api-key' ? authorization.secrets : {};
      const secrets = await readSecrets(io, wanted);
      const connected = await connectWithKey(on, caller, { adapter, kind, origin, secrets, settings });
      about(connected.connectionId);
      const { connectionId, version } = connected;
      return {
        text: facts({ connection: connectionId, adapter, version, state: 'connected' }),
        json: connected,
      };
    },
  }),
  practiceCommand({
    name: 'connection list',
    help: 'Lists the connections of a practice and how they are',
    async run({ on, caller }) {
      const connections = await reviewConnections(on, caller);
      const rows = connections.map((one) => [
        one.connectionId,
        one.adapter,
        one.kind,
        one.origin,
        one.disabledAt ? 'disabled' : one.state,
        one.disabledAt ?? one.stateSince,
        one.reasonCode,
        callsInWords(one.calls),
      ]);
      const headings = ['connection', 'adapter', 'kind', 'origin', 'state', 'since', 'reason', 'calls'];
      return { text: table(headings, rows, 'This practice has no connection.'), json: connections };
    },
  }),
  practiceCommand({
    name: 'connection probe',
    help: 'Proves address and key of a connection by a read without patient data',
    arguments: { connection },
    async run({ on, caller, about }, { connection: id }) {
      const probed = await probeConnection(on, caller, id);
      about(probed.connectionId);
      const { connectionId, version } = probed;
      return { text: facts({ connection: connectionId, version, state: 'it answers' }), json: probed };
    },
  }),
  practiceCommand({
    name: 'connection sync',
    help: 'Reads practitioners, places and types of the EMR anew',
    async run({ on, caller, about }) {
      const { connectionId } = await syncConnection(on, caller);
      about(connectionId);
      return { text: `The directory of connection ${connectionId} was read.`, json: { connectionId } };
    },
  }),
  practiceCommand({
    name: 'connection set',
    help: 'Changes settings of a connection; those that are not named stay',
    arguments: which,
    options: {
      setting: { value: 'NAME=VALUE', many: true, required: true, help: 'a setting of the adapter' },
    },
    async run({ on, caller, about }, { connection: id, setting }) {
      about(id);
      const connections = await on.database.withPractice(caller.practiceId, listConnections);
      const known = connections.find((one) => one.connectionId === id);
      if (!known) throw new Failure('not-found');
      const adapter = on.emr.adapterOf(known.adapter);
      const settings = await changeConnectionSettings(on, caller, id, settingValues(adapter, setting));
      const { toConsent, toGiveBack } = choicesBeside(adapter.authorization, settings, known.granted);
      const text = [
        facts({ connection: id, ...settings }),
        ...toConsent.map(
          ({ inWords }) =>
            `The practice has to consent again before the gateway may ${inWords}: until then that stays with its staff. ${again}`,
        ),
        ...toGiveBack.map(
          ({ inWords }) =>
            `What the practice has consented to still lets the gateway ${inWords}, which it does not do any more. A new consent goes without it. ${again}`,
        ),
      ];
      const abilities = toConsent.map(({ ability }) => ability);
      return { text: text.join('\n\n'), json: { connectionId: id, settings, toConsent: abilities } };
    },
  }),
  practiceCommand({
    name: 'connection link',
    help: 'Makes a link by which the practice connects its EMR, and a code to send by another way',
    note: 'The link begins with PUBLIC_URL, or with http://HOST:PORT where that is not set, as this command reads them: give it those of the gateway.',
    options: {
      emr: {
        value: 'NAME',
        help: `a registration (${typedLine('registration list')}), or an adapter (npm run postern -- adapters)`,
      },
      connection: { ...connection, help: 'a connection that the practice has to consent to again' },
      origin: {
        value: 'URL',
        help: 'the EMR’s address; absent: the registration’s, or the practice names it',
      },
      kind: {
        choices: ['vendor', 'vendor-sandbox', 'simulator'],
        help: 'by the practice’s mode when absent: vendor, or vendor-sandbox',
      },
      setting: {
        value: 'NAME=VALUE',
        many: true,
        help: 'a setting of the adapter that is known already: the practice finds it filled in',
      },
    },
    async run({ core, caller, person, about, config }, { emr, origin, kind, setting, ...values }) {
      const settings = setting && (await knownSettings(core.consent, emr, setting));
      const asked = { emr, connectionId: values.connection, origin, kind, settings };
      const made = await makeConnectLink(core.consent, caller, person, asked);
      about(made.linkId);
      const text = [
        facts({
          link: made.url,
          code: spoken(made.code),
          expires: made.expiresAt,
          connection: made.connectionId,
          address: made.origin,
        }),
        'Send the link and the code by different ways, for example by mail and by phone. Neither is shown again.',
        ...(await ownAddressNote(config, core.consent.publicUrl)),
      ].join('\n\n');
      return { text, json: made };
    },
  }),
  practiceCommand({
    name: 'connection trust',
    help: 'Connects a practice whose EMR trusts the gateway already, so that nobody has to sign in',
    options: {
      emr: {
        value: 'NAME',
        required: true,
        help: `a registration by client_credentials; ${typedLine('registration list')} names them`,
      },
      connection: { ...connection, help: 'a connection that is to get a new grant' },
      setting: { value: 'NAME=VALUE', many: true, help: 'a setting of the adapter' },
    },
    async run({ core, caller, person, about }, { emr, setting, ...values }) {
      const settings = setting && (await knownSettings(core.consent, emr, setting));
      const asked = { context: emr, connectionId: values.connection, settings };
      const made = await connectSystem(core.consent, caller, person, asked).catch(consentProblem);
      about(made.connectionId);
      const { connectionId, adapter, origin, state, reasonCode: reason } = made;
      return {
        text: facts({ connection: connectionId, adapter, address: origin, state, reason }),
        json: { connectionId, adapter, origin, state, reason },
        failed: state !== 'connected',
      };
    },
  }),
  practiceCommand({
    name: 'connection disconnect',
    help: 'Ends a connection for good: destroys its secrets and tells the EMR, where it can be told',
    arguments: which,
    async run({ core, caller, about }, { connection: id }) {
      about(id);
      const { revocation } = await disconnect(core.consent, caller, id);
      const text = `Connection ${id} is disconnected and its secrets are destroyed. ${revocationSaid[revocation]}`;
      return { text, json: { connectionId: id, disconnected: true, revocation } };
    },
  }),
  practiceCommand({
    name: 'connection disable',
    help: 'Ends all traffic of a connection within a second',
    arguments: which,
    async run({ on, caller, about }, { connection: id }) {
      about(id);
      await disableConnection(on, caller, id);
      return { text: `Connection ${id} is disabled.`, json: { connectionId: id, disabled: true } };
    },
  }),
  practiceCommand({
    name: 'connection enable',
    help: 'Puts a connection to work again',
    arguments: which,
    async run({ on, caller, about }, { connection: id }) {
      about(id);
      await enableConnection(on, caller, id);
      return { text: `Connection ${id} is enabled.`, json: { connectionId: id, disabled: false } };
    },
  }),
];

const again = `For that: ${typedLine('connection link --practice ID --connection ID')}, or connection trust where two systems trust each other.`;

const revocationSaid = {
  revoked: 'The EMR has taken the grant back.',
  'not-offered': 'The EMR has no way to be told: the practice can remove the gateway there.',
  failed: 'The EMR could not be told: the practice should remove the gateway there.',
  'no-grant': 'There was no grant to take back: the practice can turn its key off in the EMR.',
} as const;

/** @param emr a registration's name, or an adapter's id */
async function knownSettings(
  consent: ConsentServices,
  emr: string | undefined,
  typed: readonly string[],
): Promise<ConnectionSettings> {
  if (emr === undefined)
    throw new Complaint('--setting goes with --emr: a connection that is there keeps its settings.', 2);
  const registrations = await reviewRegistrations(consent);
  const adapter = registrations.find(({ context }) => context === emr)?.adapter ?? emr;
  return settingValues(consent.on.emr.adapterOf(adapter), typed);
}

/** As people read it out: four digits and four. */
function spoken(code: string): string {
  return `${code.slice(0, 4)} ${code.slice(4)}`;
}

async function readSecrets(
  io: Io,
  wanted: Readonly<Record<string, { readonly title: string; readonly of: 'operator' | 'practice' }>>,
): Promise<Record<string, string>> {
  const secrets: Record<string, string> = {};
  for (const [name, { title, of }] of Object.entries(wanted)) {
    if (of !== 'practice') continue;
    const secret = await io.readSecret(title);
    if (secret === '')
      throw new Failure('missing-element', {
        expression: name,
        hint: 'Type the key when it is asked for, or pipe it into standard input.',
      });
    secrets[name] = secret;
  }
  return secrets;
}
