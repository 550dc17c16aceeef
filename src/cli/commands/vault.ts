import {
  erasePractice,
  reviewKeys,
  rotateDataKey,
  rotateKeyEncryptionKey,
} from '#scheduling/practice-keys.ts';
import { type Command, operatorCommand, practiceCommand } from '../command.ts';
import { Complaint } from '../complaint.ts';
import { table } from '../layout.ts';

export const vaultCommands: readonly Command[] = [
  operatorCommand({
    name: 'vault status',
    help: 'Shows the data keys: which key of the ring wraps them, and how often they have sealed',
    options: { practice: { value: 'ID', id: true, help: 'this practice only' } },
    async run({ on, ring }, { practice }) {
      const keys = await reviewKeys(on, practice);
      const behind = keys.filter((key) => !key.destroyed && key.kekVersion < ring.current).length;
      const rows = keys.map((key) => [
        key.practiceId,
        key.dekId,
        key.purpose,
        key.generation,
        key.kekVersion,
        key.seals,
        key.createdAt,
        key.destroyed ? 'destroyed' : key.kekVersion < ring.current ? 'behind' : 'current',
      ]);
      const headings = ['practice', 'key', 'purpose', 'generation', 'ring key', 'seals', 'made', 'state'];
      const text = [
        table(headings, rows, 'No practice has sealed anything yet.'),
        `The ring's current key is ${ring.current}. Keys behind it: ${behind}.`,
      ].join('\n\n');
      return { text, json: { current: ring.current, behind, keys } };
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
    help: 'Makes a new data key for what a practice writes from two minutes on',
    async run({ on, caller }) {
      const dekId = await rotateDataKey(on, caller);
      return { text: `The new data key is ${dekId}.`, json: { dekId } };
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
