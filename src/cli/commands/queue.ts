import type { Demographics } from '#adapter-kit/adapter.ts';
import type { HandoffReason } from '#domain/booking-intent.ts';
import { instantToLocal, parseInstant } from '#domain/local-time.ts';
import {
  finishQueueEntry,
  listQueue,
  type OpenQueueItem,
  type QueueItem,
  queueOutcomes,
  showQueueEntry,
  takeQueueEntry,
} from '#scheduling/queue.ts';
import { type Answer, type Command, practiceCommand } from '../command.ts';
import { facts, table } from '../layout.ts';
import { typedLine } from '../typed-line.ts';

const which = {
  entry: {
    value: 'ID',
    id: true,
    required: true,
    help: `the entry; ${typedLine('queue list --practice ID')} names them`,
  },
} as const;

export const queueCommands: readonly Command[] = [
  practiceCommand({
    name: 'queue list',
    help: 'Lists what staff have to finish, without saying for whom',
    options: { all: { help: 'those that are done too' } },
    run: async ({ on, caller }, { all }) => listed(await listQueue(on, caller, { includeDone: all })),
  }),
  practiceCommand({
    name: 'queue show',
    help: 'Opens one entry with all that staff need, the patient too; this is recorded',
    arguments: which,
    async run({ on, caller, about }, { entry }) {
      about(entry);
      const item = await showQueueEntry(on, caller, entry);
      return { text: opened(item), json: item };
    },
  }),
  practiceCommand({
    name: 'queue take',
    help: 'Says that the person whom --as names works on an entry',
    arguments: which,
    async run({ on, caller, person, about }, { entry }) {
      about(entry);
      return listed([await takeQueueEntry(on, caller, entry, person)]);
    },
  }),
  practiceCommand({
    name: 'queue done',
    help: 'Says that an entry is finished in the EMR, and how it ended',
    arguments: which,
    options: { outcome: { choices: queueOutcomes, required: true, help: 'what became of it' } },
    async run({ on, caller, person, about }, { entry, outcome }) {
      about(entry);
      return listed([await finishQueueEntry(on, caller, entry, person, outcome)]);
    },
  }),
];

function listed(items: readonly QueueItem[]): Answer {
  const rows = items.map((one) => [
    one.entryId,
    one.createdAt,
    one.reasonCode,
    one.takenBy,
    one.doneAt,
    one.outcome,
  ]);
  const headings = ['entry', 'since', 'reason', 'taken by', 'done', 'outcome'];
  return { text: table(headings, rows, 'The queue is empty.'), json: items };
}

const tasks: Readonly<Record<OpenQueueItem['details']['kind'], string>> = {
  book: 'book an appointment',
  move: 'move an appointment',
  cancel: 'cancel an appointment',
  'create-patient': 'create a patient',
};

const reasons: Readonly<Record<HandoffReason | 'twin-by-hand', string>> = {
  approval: 'The practice approves this visit type first.',
  'queue-only': 'The practice books everything by hand.',
  unsupported: 'The EMR does not let us do this. Do it there by hand.',
  'needs-reconsent': 'The connection to the EMR has to be consented to again.',
  'no-budget': 'The EMR takes no more requests of ours for now. Nothing was sent.',
  attempts: 'It was tried as often as allowed. Look for the markers before booking.',
  age: 'It could not be settled in time. Look for the markers before booking.',
  unreadable: 'The EMR could not be read. Look for the markers before booking.',
  differs: 'What stands in the EMR differs from what was asked for.',
  'removed-in-emr': 'It was in the EMR and has been removed there.',
  'taken-unproven': 'The time is taken, perhaps by this very booking. Look for the markers.',
  unproven: 'Whether it was done could not be proven. Look for the markers before booking.',
  'changed-elsewhere': 'The appointment was changed by somebody else meanwhile.',
  'cancel-by-hand': 'It could not be cancelled by the API.',
  'patient-ambiguous': 'More than one patient fits.',
  'twin-by-hand': 'The appointment is good; cancel the second one that stands beside it.',
};

function opened(item: OpenQueueItem): string {
  const { details, timeZone } = item;
  const start = details.start === undefined ? undefined : parseInstant(details.start);
  const local =
    start === undefined ? details.start : instantToLocal(start, timeZone).slice(0, 16).replace('T', ' ');
  // We sealed the demographics ourselves, as the adapter's contract has them.
  const patient = details.newPatient as Demographics | undefined;
  return facts({
    entry: item.entryId,
    since: item.createdAt,
    task: tasks[details.kind],
    reason: item.reasonCode,
    why: Object.hasOwn(reasons, item.reasonCode) ? reasons[item.reasonCode as HandoffReason] : undefined, // it is a key of the table
    when: local && `${local} ${timeZone}`,
    minutes: details.minutes,
    'visit type': details.visitType,
    practitioner: inEmr(item.practitioner, details.practitioner),
    location: inEmr(item.location, details.location),
    patient: inEmr(undefined, details.patient),
    'new patient': patient && `${patient.family}, ${patient.given}`,
    born: patient?.birthDate,
    gender: patient?.gender,
    phone: patient?.phone,
    email: patient?.email,
    appointment: inEmr(undefined, details.appointment),
    markers: details.markers.length > 0 ? details.markers.join(' ') : undefined,
    operation: details.operation,
    'taken by': item.takenBy,
    done: item.doneAt,
    outcome: item.outcome,
  });
}

function inEmr(name: string | undefined, id: string | undefined): string | undefined {
  if (id === undefined) return undefined;
  return name === undefined ? `${id} in the EMR` : `${name} (${id} in the EMR)`;
}
