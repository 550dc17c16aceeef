import { createHash } from 'node:crypto';
import {
  addPractice,
  changeBookingMode,
  changePracticeMode,
  disablePractice,
  enablePractice,
  listPractices,
  recordBaa,
  showPractice,
} from '#scheduling/practices.ts';
import type { Practice } from '#store/practices.ts';
import { type Answer, type Command, operatorCommand, practiceCommand } from '../command.ts';
import { Complaint } from '../complaint.ts';
import { facts, table } from '../layout.ts';
import { fileOf } from '../typed.ts';

const bookingModes = ['off', 'queue_only', 'live'] as const;

export const practiceCommands: readonly Command[] = [
  operatorCommand({
    name: 'practice add',
    help: 'Adds a practice, in sandbox',
    options: {
      name: { value: 'NAME', required: true, help: 'shown to staff and agents' },
      'time-zone': { value: 'ZONE', required: true, help: 'IANA zone, e.g. America/Denver' },
      phone: { value: 'NUMBER', help: 'told to callers when the machine cannot help' },
      booking: { choices: bookingModes, help: 'whether agents may book; live when absent' },
    },
    async run({ on, operator, about }, { name, phone, booking = 'live', ...values }) {
      const asked = { name, timeZone: values['time-zone'], phone, bookingMode: booking };
      const practiceId = await addPractice(on, operator, asked);
      about(practiceId);
      return { text: facts({ practice: practiceId, name, mode: 'sandbox', booking }), json: { practiceId } };
    },
  }),
  operatorCommand({
    name: 'practice list',
    help: 'Lists all practices',
    async run({ on }) {
      const practices = await listPractices(on);
      const rows = practices.map((one) => [
        one.practiceId,
        one.name,
        one.timeZone,
        one.mode,
        one.bookingMode,
        one.disabledAt ? 'disabled' : 'enabled',
      ]);
      const headings = ['practice', 'name', 'time zone', 'mode', 'booking', 'state'];
      return { text: table(headings, rows, 'There is no practice yet.'), json: practices };
    },
  }),
  practiceCommand({
    name: 'practice show',
    help: 'Shows a practice with its agreement',
    run: async ({ on, caller }) => shown(await showPractice(on, caller)),
  }),
  practiceCommand({
    name: 'practice mode',
    help: 'Takes a practice live, which needs a recorded agreement, or back to sandbox',
    arguments: { mode: { choices: ['sandbox', 'live'], required: true, help: 'live meets real patients' } },
    run: async ({ on, caller }, { mode }) => shown(await changePracticeMode(on, caller, mode)),
  }),
  practiceCommand({
    name: 'practice booking',
    help: 'Says whether agents may book',
    arguments: {
      mode: { choices: bookingModes, required: true, help: 'not at all, into the queue, or into the EMR' },
    },
    run: async ({ on, caller }, { mode }) => shown(await changeBookingMode(on, caller, mode)),
  }),
  practiceCommand({
    name: 'practice baa',
    help: 'Records the signed business associate agreement',
    options: {
      version: { value: 'VERSION', required: true, help: 'of the text that was signed' },
      sha256: { value: 'HEX', help: 'SHA-256 of the signed document' },
      file: { value: 'PATH', help: 'the signed document, instead of --sha256' },
      signer: { value: 'NAME', required: true, help: 'who signed for the practice' },
      'signed-at': { value: 'INSTANT', required: true, help: 'when, e.g. 2027-03-04T10:30:00-06:00' },
    },
    async run({ on, caller }, { version, sha256, file, signer, ...values }) {
      if ((sha256 === undefined) === (file === undefined))
        throw new Complaint('Give either --sha256 or --file.', 2);
      const hash =
        sha256 ??
        createHash('sha256')
          .update(await fileOf('file', file ?? ''))
          .digest('hex');
      const baa = { version, sha256: hash, signer, signedAt: values['signed-at'] };
      return shown(await recordBaa(on, caller, baa));
    },
  }),
  practiceCommand({
    name: 'practice disable',
    help: 'Ends all access of agents to a practice within a second',
    run: async ({ on, caller }) => shown(await disablePractice(on, caller)),
  }),
  practiceCommand({
    name: 'practice enable',
    help: 'Gives agents their access back',
    run: async ({ on, caller }) => shown(await enablePractice(on, caller)),
  }),
];

function shown(practice: Practice): Answer {
  const { baa } = practice;
  const text = facts({
    practice: practice.practiceId,
    name: practice.name,
    'time zone': practice.timeZone,
    phone: practice.phone,
    mode: practice.mode,
    booking: practice.bookingMode,
    agreement: baa ? `${baa.version}, signed by ${baa.signer} at ${baa.signedAt}` : 'none',
    'its sha256': baa?.sha256,
    state: practice.disabledAt ? `disabled since ${practice.disabledAt.toISOString()}` : 'enabled',
  });
  return { text, json: practice };
}
