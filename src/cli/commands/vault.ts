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
      const behind = keys.filter((key) => !key.destroyed && key.kekVersion < ring.current).length;
      const left = valuesLeft(keys);
      const text = [
        keyTable(keys, ring.current),
        `The ring's current key is ${ring.current}. Keys behind it: ${behind}. Values still to be sealed anew: ${left}.`,
        tokenTable(tokens),
        ...(unreadable > 0
          ? [`Lines in ${config.tokenSpillDir} that cannot be read: ${unreadable}. Their files stay there.`]
          : []),
      ].join('\n\n');
      return { text, json: { current: ring.current, behind, left, keys, tokens, unreadable } };
    },
  }),
  operatorCommand({
    name: 'vault rotate-kek',
    help: 'Wraps all data keys with the newest key of the ring; values stay as they are',
    async run({ on, operator, ring }) {
      const result = await rotateKeyEncryptionKey(on, operator, ring.current);
      const text = [
        `Keys wrapped anew with key ${ring.current} of the ring: ${result.keys}, of practices: ${result.practices}.`,
        ...result.failed.map((id) => `Not unwrapped: ${id}. Keep its old key in the ring.`),
      ].join('\n');
      return { text, json: { current: ring.current, ...result }, failed: result.failed.length > 0 };
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
