import { grammar, type QueryGrammar, type Route, type RouteTable, type z } from '#adapter-kit/index.ts';
import * as wire from './wire.ts';

const seconds = 1000;
const common = {
  // Without it the version is the one set where the application is registered, and PATCH may answer otherwise.
  headers: { 'x-drc-api-version': 'v4' },
  // No Retry-After: "Expected available in 2295.0 seconds."
  retryAfterText: /available in (\d{1,6}(?:\.\d{1,6})?) seconds?/i,
} as const satisfies Partial<Route>;
const read = {
  ...common,
  method: 'GET',
  ok: [200],
  timeoutMs: 12 * seconds,
  maxResponseBytes: 64 << 10,
  effect: 'read',
} as const satisfies Partial<Route>;
const write = {
  ...common,
  timeoutMs: 15 * seconds,
  maxResponseBytes: 64 << 10,
  effect: 'write',
} as const satisfies Partial<Route>;

const id = { ...grammar.id, required: true };
/** An appointment's: usually numeric, not always. */
const appointmentId = { pattern: /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, maxLength: 64 };
const date = '[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])';
/** `2027-03-01/2027-03-14`, both ends included. */
const dateRange = { pattern: new RegExp(`^${date}/${date}$`), maxLength: 21 };
const paging = {
  page_size: grammar.oneOf('250'),
  cursor: { pattern: /^[A-Za-z0-9+/=_.~:|-]{1,1024}$/, maxLength: 1024 },
} as const satisfies Record<string, QueryGrammar>;
const list = (response: z.ZodType) => ({ ...read, maxResponseBytes: 2 << 20, response }) as const;
const fields = { ...grammar.oneOf(wire.appointmentFields), required: true };

/** Everything that may ever be sent to DrChrono, below `/api`. Documented at app.drchrono.com/api-docs, v4 "Hunt Valley". */
export const routes = {
  currentUser: { ...read, template: '/users/current', ok: [302], response: 'redirect' },
  user: { ...read, template: '/users/{id}', path: { id: grammar.id }, response: wire.user },
  doctors: { ...list(wire.doctors), template: '/doctors', query: paging },
  offices: { ...list(wire.offices), template: '/offices', query: paging },
  profiles: { ...list(wire.profiles), template: '/appointment_profiles', query: paging },
  templates: { ...list(wire.templates), template: '/appointment_templates', query: paging },
  scheduleBlocks: {
    ...list(wire.scheduleBlocks),
    template: '/schedule_blocks',
    query: { date_range: { ...dateRange, required: true }, ...paging },
  },
  availability: {
    ...list(wire.availability),
    template: '/availability',
    // A reply about all rooms does not say which is which, so one is always named.
    query: {
      doctor: id,
      office: id,
      exam_room: id,
      duration: id,
      date: grammar.date,
      date_range: dateRange,
    },
  },
  // Never `verbose`: it adds notes, vitals and other parts of the chart.
  appointments: {
    ...list(wire.appointments),
    template: '/appointments',
    query: {
      date_range: { ...dateRange, required: true },
      patient: grammar.id,
      doctor: grammar.id,
      office: grammar.id,
      fields,
      ...paging,
    },
  },
  changedAppointments: {
    ...list(wire.appointments),
    template: '/appointments',
    query: {
      since: { ...grammar.date, required: true },
      show_archived: { ...grammar.oneOf('true'), required: true },
      fields,
      ...paging,
    },
  },
  appointment: {
    ...read,
    template: '/appointments/{id}',
    path: { id: appointmentId },
    response: wire.appointment,
  },
  createAppointment: {
    ...write,
    method: 'POST',
    template: '/appointments',
    body: wire.newAppointment,
    response: wire.writtenAppointment,
    ok: [201],
  },
  moveAppointment: {
    ...write,
    method: 'PATCH',
    template: '/appointments/{id}',
    path: { id: appointmentId },
    body: wire.movedAppointment,
    response: 'empty',
    ok: [204],
  },
  cancelAppointment: {
    ...write,
    method: 'PATCH',
    template: '/appointments/{id}',
    path: { id: appointmentId },
    body: wire.cancelledAppointment,
    response: 'empty',
    ok: [204],
  },
  searchPatients: {
    ...list(wire.patients),
    template: '/patients_summary',
    // Never by names: how they are compared is not documented.
    query: { date_of_birth: { ...grammar.date, required: true }, ...paging },
  },
  createPatient: {
    ...write,
    method: 'POST',
    template: '/patients_summary',
    body: wire.newPatient,
    response: wire.writtenPatient,
    ok: [201],
  },
} as const satisfies RouteTable;
