import { Failure } from '#domain/failure.ts';
import { approveBase, listWaitingBases } from '#scheduling/consent/approvals.ts';
import {
  addRegistration,
  agreeOnQuota,
  approveRegistration,
  type RegistrationFacts,
  replaceKeys,
  requireRegistration,
  retireRegistration,
  reviewRegistrations,
} from '#scheduling/consent/registrations.ts';
import { replaceWebhookSecret } from '#scheduling/consent/webhook-secret.ts';
import { acceptWider } from '#scheduling/consent/wider.ts';
import { Secret } from '#vault/secret.ts';
import { callsInWords } from '../calls-in-words.ts';
import { type Answer, type Command, type Io, operatorCommand, practiceCommand } from '../command.ts';
import { Complaint } from '../complaint.ts';
import { consentProblem } from '../consent-problem.ts';
import { facts, table } from '../layout.ts';
import { ownAddressNote } from '../own-address.ts';
import { integerOf } from '../typed.ts';
import { typedLine } from '../typed-line.ts';

const reason = {
  value: 'TEXT',
  required: true,
  help: 'why, in one line; it is kept with your name',
} as const;
const context = {
  value: 'NAME',
  help: `the registration; ${typedLine('registration list')} names them`,
} as const;
const algorithm = {
  choices: ['ES384', 'RS384'],
  help: 'of the key pair that is made for private_key_jwt; ES384 when absent',
} as const;
const secretMethods: readonly string[] = ['client_secret_basic', 'client_secret_post'];

export const registrationCommands: readonly Command[] = [
  operatorCommand({
    name: 'registration add',
    help: 'Notes who we are at one EMR’s authorization server; a client secret is read from standard input',
    note: [
      'What the EMR asks for before it gives a client id is known before: the redirect address is PUBLIC_URL/oauth/cb/NAME,',
      'the key set for private_key_jwt stands at PUBLIC_URL/oauth/jwks/NAME from this command on. PUBLIC_URL is taken as',
      'this command reads it, http://HOST:PORT where it is not set: give it that of the gateway.',
    ].join('\n'),
    arguments: {
      context: {
        value: 'NAME',
        required: true,
        help: 'lower case and hyphens; part of both addresses for ever',
      },
    },
    options: {
      adapter: { value: 'ID', required: true, help: 'npm run postern -- adapters lists them' },
      origin: { value: 'URL', required: true, help: 'exact origin and base path of the EMR’s API' },
      kind: {
        choices: ['vendor', 'vendor-sandbox', 'simulator'],
        required: true,
        help: 'a practice in sandbox connects to the latter two',
      },
      'client-id': { value: 'ID', required: true, help: 'as the EMR gave it' },
      auth: {
        choices: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
        required: true,
        help: 'how we prove ourselves at the token endpoint',
      },
      grant: {
        choices: ['authorization_code', 'client_credentials'],
        help: 'whether a person consents; authorization_code when absent',
      },
      dialect: { choices: ['v1', 'v2', 'plain'], help: 'how the EMR writes scopes; v2 when absent' },
      algorithm,
      reason,
    },
    async run({ core, config, io, person, about }, values) {
      const { context: name, adapter, origin, kind, auth, grant, dialect } = values;
      about(name);
      const clientSecret = secretMethods.includes(auth) ? await readSecret(io) : undefined;
      const added = await addRegistration(
        core.consent,
        { person, reason: values.reason },
        {
          context: name,
          adapter,
          origin,
          kind,
          clientId: values['client-id'],
          clientAuthentication: auth,
          grantType: grant ?? 'authorization_code',
          scopeDialect: dialect ?? 'v2',
          algorithm: values.algorithm ?? 'ES384',
          clientSecret,
        },
      ).catch(consentProblem);
      const next = [
        'Register the redirect address and, where there is one, the key set at the EMR, to the letter.',
        `Look at the endpoints. If they are the EMR's own:\n${typedLine(`registration approve ${name} --reason '…'`)}`,
        ...(await ownAddressNote(config, core.consent.publicUrl)),
      ];
      return answerOf(added, next);
    },
  }),
  operatorCommand({
    name: 'registration list',
    help: 'Lists the registrations, and the addresses that practices named and nobody has approved',
    async run({ core }) {
      const registrations = await reviewRegistrations(core.consent);
      const waiting = await listWaitingBases(core.consent);
      const rows = registrations.map((one) => [
        one.context,
        one.adapter,
        one.kind,
        one.origin,
        one.grantType,
        one.clientId,
        stateOf(one),
        one.server.issuer,
      ]);
      const headings = ['name', 'adapter', 'kind', 'origin', 'grant', 'client_id', 'state', 'issuer'];
      const asked = waiting.map((one) => [
        one.base,
        one.adapter,
        one.kind,
        one.practiceId,
        one.askedAt,
        String(one.metadata.token_endpoint),
      ]);
      const waits = ['base', 'adapter', 'kind', 'practice', 'asked', 'token endpoint'];
      const text = [
        table(headings, rows, 'There is no registration.'),
        ...(waiting.length > 0 ? ['Named by practices, not approved:', table(waits, asked, '')] : []),
      ].join('\n\n');
      return { text, json: { registrations, waiting } };
    },
  }),
  operatorCommand({
    name: 'registration show',
    help: 'Shows a registration: what has to stand at the EMR, the server’s endpoints, and what was done to it',
    arguments: { context: { ...context, required: true } },
    async run({ core, config, about }, { context: name }) {
      about(name);
      await requireRegistration(core.consent, name);
      const found = (await reviewRegistrations(core.consent)).find((one) => one.context === name);
      if (!found) throw new Failure('not-found');
      const rows = found.acts.map(({ at, act, person, reason: why }) => [at, act, person, why]);
      return answerOf(found, [
        table(['at', 'act', 'person', 'reason'], rows, 'Nothing was done to it.'),
        ...(await ownAddressNote(config, core.consent.publicUrl)),
      ]);
    },
  }),
  operatorCommand({
    name: 'registration approve',
    help: 'Pins the authorization server of a registration, or of an address that practices named',
    arguments: { context },
    options: {
      base: { value: 'URL', help: 'the FHIR base address as a practice named it' },
      context: { ...context, help: 'with --base, where there are several registrations at that address' },
      reason,
    },
    async run({ core, operator, person, about }, values) {
      const by = { person, reason: values.reason };
      if (values.base === undefined) {
        if (values.context === undefined)
          throw new Complaint('Name the registration, or give the address with --base.', 2);
        about(values.context);
        return answerOf(
          await approveRegistration(core.consent, by, values.context).catch(consentProblem),
          [],
        );
      }
      const approved = await approveBase(core.consent, operator, by, values.base, values.context).catch(
        consentProblem,
      );
      about(approved.context);
      const text = `The address is approved for ${approved.practices.length} practice(s), by registration ${approved.context}.`;
      return { text, json: approved };
    },
  }),
  operatorCommand({
    name: 'registration retire',
    help: 'Lets nobody new connect by a registration; its connections go on',
    arguments: { context: { ...context, required: true } },
    options: { reason },
    async run({ core, person, about }, values) {
      about(values.context);
      const by = { person, reason: values.reason };
      return answerOf(await retireRegistration(core.consent, by, values.context), []);
    },
  }),
  operatorCommand({
    name: 'registration keys',
    help: 'Shows the public key set of a registration, or replaces its secret or key pair',
    arguments: { context: { ...context, required: true } },
    options: {
      replace: { help: 'at once, for all its connections; a client secret is read from standard input' },
      algorithm,
      reason: { value: 'TEXT', help: 'why, in one line; needed with --replace' },
    },
    async run({ core, io, person, about }, values) {
      about(values.context);
      const registration = await requireRegistration(core.consent, values.context);
      if (values.replace) {
        if (values.reason === undefined) throw new Complaint('--replace needs a --reason.', 2);
        const takesSecret = secretMethods.includes(registration.clientAuthentication);
        const fresh = {
          clientSecret: takesSecret ? await readSecret(io) : undefined,
          algorithm: values.algorithm ?? 'ES384',
        };
        const by = { person, reason: values.reason };
        await replaceKeys(core.consent, by, values.context, fresh);
      }
      const [shown] = (await reviewRegistrations(core.consent)).filter(
        (one) => one.context === values.context,
      );
      const jwks = { keys: shown?.publicJwk ? [shown.publicJwk] : [] };
      const text =
        shown?.jwksUri === undefined
          ? `Registration ${values.context} has no key pair: it authenticates by ${registration.clientAuthentication}.`
          : `${shown.jwksUri}\n\n${JSON.stringify(jwks, null, 2)}`;
      return { text, json: { context: values.context, jwksUri: shown?.jwksUri, jwks } };
    },
  }),
  operatorCommand({
    name: 'registration quota',
    help: 'Notes how many calls were agreed on with the vendor, for all that connects by the client id at that host',
    arguments: { context },
    options: {
      context,
      calls: { value: 'N', required: true, help: 'in an hour or a day, as the EMR counts; in force at once' },
      reason,
    },
    async run({ core, person, about }, values) {
      if (values.context === undefined) throw new Complaint('Name the registration.', 2);
      about(values.context);
      const by = { person, reason: values.reason };
      const calls = integerOf('calls', values.calls);
      return answerOf(await agreeOnQuota(core.consent, by, values.context, calls), []);
    },
  }),
  operatorCommand({
    name: 'registration webhook',
    help: 'Makes the secret by which an EMR’s calls of us are known, and shows address and secret, once',
    note: [
      'For an EMR that calls when something changed: one address and one secret for all practices that connect by the',
      'registration. The secret before is good for a second more at most. PUBLIC_URL is taken as this command reads it.',
    ].join('\n'),
    arguments: { context },
    options: { context, reason },
    async run({ core, config, person, about }, values) {
      if (values.context === undefined) throw new Complaint('Name the registration.', 2);
      about(values.context);
      const by = { person, reason: values.reason };
      const made = await replaceWebhookSecret(core.consent, by, values.context);
      const shown = { name: made.context, address: made.url, secret: made.secret.reveal() };
      const text = [
        facts(shown),
        made.setUp,
        'The secret is shown this once. Its calls tell us where to look, and are believed in nothing else.',
        ...(await ownAddressNote(config, core.consent.publicUrl)),
      ].join('\n\n');
      return { text, json: { ...shown, setUp: made.setUp } };
    },
  }),
  practiceCommand({
    name: 'registration accept-wider',
    help: 'Records that a practice takes scopes beyond scheduling, because its EMR cannot narrow them',
    options: {
      scopes: { value: 'SCOPES', required: true, help: 'each by name, separated by spaces' },
      context: { ...context, help: 'at which EMR; absent: where the practice tried last' },
      reason,
    },
    async run({ core, caller, person, about }, values) {
      const accepted = await acceptWider(
        core.consent,
        caller,
        { person, reason: values.reason },
        { context: values.context, scopes: values.scopes.split(/\s+/) },
      );
      about(accepted.acceptanceId);
      const text = `Accepted at ${accepted.context}: ${accepted.scopes.join(' ')}. Make a new connect link, or use the one that is open.`;
      return { text, json: accepted };
    },
  }),
];

async function readSecret(io: Io): Promise<Secret> {
  return new Secret(await io.readSecret('Client secret'));
}

function answerOf(registration: RegistrationFacts, next: readonly string[]): Answer {
  const { server } = registration;
  const text = facts({
    name: registration.context,
    adapter: registration.adapter,
    kind: registration.kind,
    state: stateOf(registration),
    'client id': registration.clientId,
    redirect: registration.grantType === 'authorization_code' ? registration.redirectUri : undefined,
    'key set': registration.jwksUri,
    issuer: server.issuer,
    authorize: server.authorization_endpoint,
    token: server.token_endpoint,
    revoke: server.revocation_endpoint,
    calls: callsInWords(registration.calls),
  });
  return { text: [text, ...next].join('\n\n'), json: registration };
}

function stateOf({ approvedAt, retiredAt }: RegistrationFacts): string {
  if (retiredAt) return 'retired';
  return approvedAt ? 'approved' : 'not approved';
}
