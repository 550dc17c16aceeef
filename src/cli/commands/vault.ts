import {
  type GatewaySecretFacts,
  resealGatewaySecrets,
  reviewGatewaySecrets,
} from '#scheduling/gateway-secrets.ts';
import {
  erasePractice,
  type KeyFacts,
  reviewKeys,
  reviewTokens,
  rotateDataKey,
  rotateKeyEncryptionKey,
  type TokenFacts,
} from '#scheduling/practice-keys.ts';
import { type Command, operatorCommand, practiceCommand } from '../command.ts';
import { Complaint } from '../complaint.ts';
import { table } from '../layout.ts';

export const vaultCommands: readonly Command[] = [
  operatorCommand({
    name: 'vault status',
    help: 'Shows the data keys, how many values each has left to open, and the state of tokens',
    options: { practice: { value: 'ID', id: true, help: 'this practice only' } },
    async run({ on, ring, config }, { practice }) {
      const keys = await reviewKeys(on, practice);
      const { tokens, unreadable } = await reviewTokens(on, config.tokenSpillDir, practice);
      const gateway = practice === undefined ? await reviewGatewaySecrets(on, ring.current) : [];
      const keysBehind = keys.filter((key) => !key.destroyed && key.kekVersion < ring.current).length;
      const secretsBehind = gateway.reduce((sum, one) => sum + one.behind, 0);
      const behind = keysBehind + secretsBehind;
      const left = valuesLeft(keys);
      const text = [
        keyTable(keys, ring.current),
        ...(gateway.length > 0 ? [secretTable(gateway)] : []),
        `The ring's current key is ${ring.current}. Keys behind it: ${keysBehind}; secrets of the gateway itself: ${secretsBehind}. Values still to be sealed anew: ${left}.`,
        tokenTable(tokens),
        ...(unreadable > 0
          ? [`Lines in ${config.tokenSpillDir} that cannot be read: ${unreadable}. Their files stay there.`]
          : []),
      ].join('\n\n');
      const json = { current: ring.current, behind, left, keys, gateway, tokens, unreadable };
      return { text, json };
    },
  }),
  operatorCommand({
    name: 'vault rotate-kek',
    help: 'Wraps all data keys with the newest key of the ring, and seals the gateway’s own secrets anew',
    note: [
      'Give every gateway the ring with both keys and start it again; then this, as often as needed, until vault status',
      'shows nothing behind; then the old key may leave the ring. Values that practices sealed stay as they are.',
    ].join('\n'),
    async run({ on, core, operator, ring: { current } }) {
      const result = await rotateKeyEncryptionKey(on, operator, current);
      const own = await resealGatewaySecrets(core.consent, current);
      const failed = [...result.failed, ...own.failed];
      const text = [
        `Keys wrapped anew with key ${current} of the ring: ${result.keys}, of practices: ${result.practices}.`,
        `Secrets of the gateway itself sealed anew: ${own.values}.`,
        ...result.failed.map((id) => `Not unwrapped: ${id}. Keep its old key in the ring.`),
        ...own.failed.map((place) => `Not opened: ${place}. Keep its old key in the ring.`),
        'Checkpoints of the audit that an older key signed are verified as long as it stays in the ring.',
      ].join('\n');
      return { text, json: { current, ...result, secrets: own.values, failed }, failed: failed.length > 0 };
    },
  }),
  practiceCommand({
    name: 'vault rotate-dek',
    help: 'Makes a new data key; a job of the gateway seals older values anew and destroys the key before',
    async run({ on, caller }) {
      const dekId = await rotateDataKey(on, caller);
      const text = [
        `The new data key is ${dekId}. It writes from two minutes on, when every process has read it.`,
        'Then the gateways seal what is older anew; vault status tells how much is left.',
      ].join('\n');
      return { text, json: { dekId } };
    },
  }),
  practiceCommand({
    name: 'vault erase',
    help: 'Destroys the keys of a disabled practice: what was sealed for it is lost for ever',
    options: { confirm: { value: 'ID', id: true, required: true, help: 'the practice’s id, typed again' } },
    async run({ on, caller }, { confirm }) {
      if (confirm !== caller.practiceId)
        throw new Complaint('--confirm does not repeat the id of the practice. Nothing was erased.', 2);
      await erasePractice(on, caller);
      const text =
        'The keys are destroyed. Other processes forget them within a minute, backups when they end.';
      return { text, json: { practiceId: caller.practiceId, erased: true } };
    },
  }),
];

function keyTable(keys: readonly KeyFacts[], current: number): string {
  const rows = keys.map((key) => [
    key.practiceId,
    key.dekId,
    key.purpose,
    key.generation,
    key.kekVersion,
    key.seals,
    key.values ?? '',
    key.createdAt,
    key.destroyed ? 'destroyed' : key.kekVersion < current ? 'behind' : 'current',
  ]);
  const headings = [
    'practice',
    'key',
    'purpose',
    'generation',
    'ring key',
    'seals',
    'values',
    'made',
    'state',
  ];
  return table(headings, rows, 'No practice has sealed anything yet.');
}

function secretTable(secrets: readonly GatewaySecretFacts[]): string {
  const rows = secrets.map(({ place, values, behind }) => [place, values, behind]);
  return table(['of the gateway itself', 'values', 'behind'], rows, '');
}

function tokenTable(tokens: readonly TokenFacts[]): string {
  const rows = tokens.map((one) => [
    one.practiceId,
    one.active,
    one.needs_reconsent,
    one.revoked,
    one.waiting,
  ]);
  const headings = ['practice', 'active', 'needs consent', 'disconnected', 'waiting on this disk'];
  return table(headings, rows, 'No connection was made by consent yet.');
}

/** Values that older keys than the practice's newest one sealed. */
function valuesLeft(keys: readonly KeyFacts[]): number {
  const newest = new Map<string, number>();
  for (const { practiceId, generation, values } of keys)
    if (values !== undefined) newest.set(practiceId, Math.max(generation, newest.get(practiceId) ?? 0));
  const older = keys.filter(({ practiceId, generation }) => generation < (newest.get(practiceId) ?? 0));
  return older.reduce((sum, { values = 0 }) => sum + values, 0);
}
