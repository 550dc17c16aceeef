import type { EmrAnswer, LedgerWrite } from '#simulator-kit/index.ts';
import { type AppointmentFields, writeAppointment } from '../appointment-book.ts';
import {
  CANCELLATION_REASON,
  CANCELLATION_REASONS,
  codeSet,
  EXTENSION,
  STANDARD_REASONS,
} from '../code-system.ts';
import { isObject, readPatch, requireVersion } from '../json-patch.ts';
import { patched, refuse } from '../outcome.ts';
import { names } from '../settings.ts';
import type { Appointment, AppointmentStatus, ClinicCall, Coding, Method } from '../tables.ts';
import { spanOf } from '../weekly-schedule.ts';
import { listOf, readReason, readSlot, rule } from './appointment-create.ts';
import { findAppointment } from './appointment-reads.ts';

export const appointmentPatch: readonly Method[] = [
  {
    verb: 'PATCH',
    template: '/Appointment/{id}',
    type: 'Appointment',
    needs: 'u',
    handle: patchAppointment,
  },
];

function patchAppointment(call: ClinicCall): EmrAnswer {
  const before = findAppointment(call);
  requireVersion(call, before.version);
  const changes = readChanges(call);
  if (names(call.settings.beingModified, before.id))
    throw refuse(423, 'lock-error', 'The appointment is being modified.');
  const after = [...changes].reduce<AppointmentFields>(
    (row, [change, value]) => documented[change].apply(call, row, value),
    before,
  );
  if (call.settings.sideOperation === 'fails424')
    throw refuse(424, 'processing', 'A necessary side operation failed.');
  const written = writeAppointment(call, before, after, {
    by: 'api',
    action: actionOf(before, after),
    keepsOldSlot: changes.has('replace /slot') && !call.settings.rescheduleFreesSlot,
  });
  return patched(written.version, written.lastUpdated);
}

type Change =
  | 'replace /status'
  | 'add /slot'
  | 'replace /slot'
  | 'add /reasonCode'
  | 'add /cancelationReason'
  | 'replace /patient-status'
  | 'replace /extension'
  | 'replace /comment'
  | 'add /extension';
type Changes = ReadonlyMap<Change, unknown>;

interface Rule {
  /** What has to be in the same patch. */
  readonly beside: (changes: Changes) => boolean;
  /** 422 where the value or the appointment does not allow it. */
  readonly apply: (call: ClinicCall, row: AppointmentFields, value: unknown) => AppointmentFields;
}

const moves = (changes: Changes): boolean => changes.has('replace /slot');
const becomes =
  (status: AppointmentStatus) =>
  (changes: Changes): boolean =>
    changes.get('replace /status') === status;

/** Every change that is documented. `/patient-status` is a path of no element. */
const documented: Readonly<Record<Change, Rule>> = {
  'replace /status': {
    beside: (changes) => !becomes('booked')(changes) || changes.has('add /slot'),
    apply(_, row, value) {
      const status = transitions[row.status].find((next) => next === value);
      if (status === undefined) throw rule(`An appointment that is ${row.status} cannot become that.`);
      if (status === 'cancelled' && row.group !== undefined) throw rule('The appointment is not cancelable.');
      const accepted = status === 'booked' ? ({ patientStatus: 'accepted' } as const) : {};
      return { ...row, ...accepted, status };
    },
  },
  'add /slot': { beside: becomes('booked'), apply: takeSlot },
  'replace /slot': {
    beside: (changes) => !changes.has('replace /status') && !changes.has('replace /patient-status'),
    apply(call, row, value) {
      if (row.status !== 'booked' || row.group !== undefined)
        throw rule('The appointment is not reschedulable.');
      return takeSlot(call, row, value);
    },
  },
  'add /reasonCode': {
    beside: becomes('booked'),
    apply(_, { reasonText: _before, ...row }, value) {
      const reasonText = readReason(value);
      return reasonText === undefined ? row : { ...row, reasonText };
    },
  },
  'add /cancelationReason': {
    beside: becomes('cancelled'),
    apply: (call, row, value) => ({ ...row, cancelationReason: readCancelationReason(call, value) }),
  },
  'replace /patient-status': {
    beside: (changes) => changes.size === 1,
    apply(_, row, value) {
      if (value !== 'accepted' || row.status !== 'booked' || row.patientStatus !== 'tentative')
        throw rule('Only a tentative patient of a booked appointment can accept.');
      return { ...row, patientStatus: 'accepted' };
    },
  },
  'replace /extension': {
    beside: (changes) =>
      moves(changes) || (becomes('cancelled')(changes) && changes.has('add /cancelationReason')),
    apply: (_, row, value) => ({ ...row, actionComment: readActionComment(value) }),
  },
  'replace /comment': {
    beside: moves,
    apply(_, row, value) {
      if (typeof value !== 'string') throw rule('comment is a string.');
      return { ...row, comment: value };
    },
  },
  'add /extension': {
    beside: moves,
    apply(_, row, value) {
      const { url, valueCodeableConcept: concept } = readExtension(value);
      if (url !== `${EXTENSION}/reschedule-reason` || !isObject(concept))
        throw rule('The extension to add is a reschedule-reason.');
      return { ...row, rescheduleReason: concept };
    },
  },
};

/** `noshow` can be read and not written. */
const transitions: Readonly<Record<AppointmentStatus, readonly AppointmentStatus[]>> = {
  proposed: ['booked', 'cancelled'],
  booked: ['arrived', 'checked-in', 'cancelled'],
  arrived: ['checked-in', 'cancelled'],
  'checked-in': ['fulfilled', 'cancelled'],
  fulfilled: [],
  cancelled: [],
  noshow: [],
};

/** The operations by what they change, in the order in which they are sent. */
function readChanges(call: ClinicCall): Changes {
  const changes = new Map<Change, unknown>();
  for (const { op, path, value } of readPatch(call)) {
    const change = `${op} ${path}`;
    if (isDocumented(change)) changes.set(change, value);
    else if (call.settings.unknownPatchPath === 'reject422') throw rule(`${change} is not supported.`);
  }
  for (const change of changes.keys())
    if (!documented[change].beside(changes)) throw rule(`${change} cannot stand in this patch.`);
  if (changes.size === 0) throw rule('The patch changes nothing.');
  return changes;
}

function isDocumented(change: string): change is Change {
  return Object.hasOwn(documented, change);
}

function takeSlot(call: ClinicCall, row: AppointmentFields, value: unknown): AppointmentFields {
  const slot = readSlot(call, value);
  return { ...row, place: spanOf(slot), slotId: slot.id, type: slot.type.code };
}

/** Exactly one coding, of the standard or of Millennium's own; the text is ignored. */
function readCancelationReason({ clinic }: ClinicCall, value: unknown): Coding {
  const [coding, another] = isObject(value) ? listOf(value.coding) : [];
  const { system, code } = isObject(coding) ? coding : {};
  const own = codeSet(clinic, CANCELLATION_REASONS);
  const known =
    typeof code === 'string' &&
    (system === CANCELLATION_REASON ? STANDARD_REASONS.has(code) : system === own && /^\d{1,12}$/.test(code));
  if (!known || typeof system !== 'string' || another !== undefined)
    throw rule('cancelationReason has exactly one coding, of a known system.');
  return { system, code };
}

function readActionComment(value: unknown): string {
  const { url, valueString } = readExtension(value);
  if (url !== `${EXTENSION}/action-comment` || typeof valueString !== 'string')
    throw rule('The extension to replace is an action-comment.');
  return valueString;
}

/** One extension, in a list or not. */
function readExtension(value: unknown): Readonly<Record<string, unknown>> {
  const [extension, another] = Array.isArray(value) ? value : [value];
  if (!isObject(extension) || another !== undefined) throw rule('There is exactly one extension.');
  return extension;
}

function actionOf(before: Appointment, after: AppointmentFields): LedgerWrite['action'] {
  if (after.status === 'cancelled') return 'cancel';
  if (before.place !== undefined && after.place !== before.place) return 'move';
  return after.patientStatus === before.patientStatus && after.status !== 'booked' ? 'update' : 'confirm';
}
