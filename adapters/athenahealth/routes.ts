import { type Grammar, grammar, type Route, type RouteTable } from '#adapter-kit/index.ts';
import * as wire from './wire.ts';

const seconds = 1000;
const { id } = grammar;
const idList: Grammar = { pattern: /^[1-9][0-9]{0,17}(,[1-9][0-9]{0,17}){0,49}$/, maxLength: 1_000 };
const date: Grammar = {
  pattern: /^(0[1-9]|1[0-2])\/(0[1-9]|[12][0-9]|3[01])\/(19|20)[0-9]{2}$/,
  maxLength: 10,
};
const easternTime: Grammar = {
  pattern: /^(0[1-9]|1[0-2])\/(0[1-9]|[12][0-9]|3[01])\/20[0-9]{2} ([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$/,
  maxLength: 19,
};
const only = (value: string) => ({ ...grammar.oneOf(value), required: true });
/**
 * Rows of a page. What is open may be thousands of short rows: 5,000 is the most that all editions of the reference allow.
 * A row of what changed has notes and all, and what is read of that is gone from the queue, so a page has to fit.
 */
export const pageSizes = {
  departments: '1000',
  providers: '1000',
  openSlots: '5000',
  bookedAppointments: '1000',
  changedAppointments: '200',
} as const;
/** `limit` is said each time: a next link that leaves it out would mean another one. */
const paged = (route: keyof typeof pageSizes) => ({ limit: only(pageSizes[route]), offset: grammar.integer });
/** Comes unless it is waived. */
const showcopay = only('false');

const read = {
  method: 'GET',
  ok: [200],
  timeoutMs: 15 * seconds,
  maxResponseBytes: 2 << 20,
  effect: 'read',
} as const satisfies Partial<Route>;
const write = {
  contentType: 'application/x-www-form-urlencoded',
  ok: [200],
  timeoutMs: 30 * seconds,
  maxResponseBytes: 64 << 10,
  effect: 'write',
} as const satisfies Partial<Route>;

/**
 * Everything that may ever be sent to athenaOne, below `/v1/{practiceid}`. The operations are described at
 * docs.athenahealth.com, "API reference". No `ignoreschedulablepermission`, no `bypassscheduletimechecks`, none of the
 * flags that bring insurance, claims, procedures or people along.
 */
export const routes = {
  ping: { ...read, template: '/ping', response: wire.pong },
  departments: {
    ...read,
    template: '/departments',
    // Slots may be in departments that the portal hides.
    query: { showalldepartments: only('true'), ...paged('departments') },
    maxResponseBytes: 4 << 20,
    response: wire.departments,
  },
  providers: {
    ...read,
    template: '/providers',
    query: paged('providers'),
    response: wire.providers,
  },
  openSlots: {
    ...read,
    template: '/appointments/open',
    query: {
      departmentid: { ...idList, required: true },
      providerid: { ...idList, required: true },
      reasonid: id,
      appointmenttypeid: id,
      startdate: { ...date, required: true },
      enddate: { ...date, required: true },
      // Frozen ones are marked: nothing else says surely whether a slot is frozen.
      showfrozenslots: grammar.oneOf('true'),
      ...paged('openSlots'),
    },
    // A row has 350 bytes or so, and may name the types that fit.
    maxResponseBytes: 8 << 20,
    response: wire.openSlots,
  },
  appointment: {
    ...read,
    template: '/appointments/{appointmentid}',
    path: { appointmentid: id },
    query: { showcopay },
    response: wire.appointment,
  },
  appointmentNotes: {
    ...read,
    template: '/appointments/{appointmentid}/notes',
    path: { appointmentid: id },
    // Notes of a cancelled appointment are hidden otherwise.
    query: { showdeleted: only('true') },
    response: wire.notes,
  },
  bookedAppointments: {
    ...read,
    template: '/appointments/booked',
    query: {
      patientid: { ...id, required: true },
      startdate: { ...date, required: true },
      enddate: { ...date, required: true },
      showcancelled: only('true'),
      showcopay,
      ...paged('bookedAppointments'),
    },
    response: wire.appointments,
  },
  bookSlot: {
    ...write,
    method: 'PUT',
    template: '/appointments/{appointmentid}',
    path: { appointmentid: id },
    body: wire.booking,
    response: wire.written,
  },
  cancelAppointment: {
    ...write,
    method: 'PUT',
    template: '/appointments/{appointmentid}/cancel',
    path: { appointmentid: id },
    body: wire.cancellation,
    response: wire.cancelled,
  },
  rescheduleAppointment: {
    ...write,
    method: 'PUT',
    template: '/appointments/{appointmentid}/reschedule',
    path: { appointmentid: id },
    body: wire.rescheduling,
    response: wire.written,
    timeoutMs: 60 * seconds,
  },
  freezeSlot: {
    ...write,
    method: 'PUT',
    template: '/appointments/{appointmentid}/freeze',
    path: { appointmentid: id },
    body: wire.freezing,
    response: wire.frozenReply,
  },
  changedAppointments: {
    ...read,
    template: '/appointments/changed',
    query: {
      showprocessedstartdatetime: easternTime,
      showprocessedenddatetime: easternTime,
      showcopay,
      ...paged('changedAppointments'),
    },
    // 20 KiB for each row.
    maxResponseBytes: 4 << 20,
    response: wire.changed,
  },
  subscribeToChanges: {
    ...write,
    method: 'POST',
    template: '/appointments/changed/subscription',
    body: wire.subscription,
    response: wire.subscribed,
  },
  bestMatch: {
    ...read,
    template: '/patients/enhancedbestmatch',
    query: {
      firstname: { ...grammar.personName, required: true },
      lastname: { ...grammar.personName, required: true },
      dob: { ...date, required: true },
      returnbestmatches: only('true'),
    },
    response: wire.bestMatches,
  },
  createPatient: {
    ...write,
    method: 'POST',
    template: '/patients',
    body: wire.newPatient,
    response: wire.writtenPatient,
  },
} as const satisfies RouteTable;
