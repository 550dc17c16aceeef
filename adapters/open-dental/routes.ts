import { grammar, type Route, type RouteTable, z } from '#adapter-kit/index.ts';
import * as wire from './wire.ts';

const seconds = 1000;
const page = { Offset: grammar.integer };
const list = {
  method: 'GET',
  ok: [200],
  timeoutMs: 12 * seconds,
  maxResponseBytes: 1 << 20,
  effect: 'read',
} as const satisfies Partial<Route>;
const write = {
  timeoutMs: 15 * seconds,
  maxResponseBytes: 64 << 10,
  effect: 'write',
} as const satisfies Partial<Route>;

/** Everything that may ever be sent to Open Dental. The methods are described at opendental.com, "API Specification". */
export const routes = {
  preferences: {
    ...list,
    template: '/preferences',
    query: {
      PrefName: {
        ...grammar.oneOf('ProgramVersion', 'AppointmentTimeIncrement'),
        required: true,
      },
    },
    response: z.array(wire.preference),
  },
  operatories: {
    ...list,
    template: '/operatories',
    query: page,
    response: z.array(wire.operatory),
  },
  providers: {
    ...list,
    template: '/providers',
    query: page,
    response: z.array(wire.provider),
  },
  appointmentTypes: {
    ...list,
    template: '/appointmenttypes',
    query: page,
    response: z.array(wire.appointmentType),
  },
  definitions: {
    ...list,
    template: '/definitions',
    query: { Category: { ...grammar.oneOf('25'), required: true }, ...page },
    response: z.array(wire.definition),
  },
  schedules: {
    ...list,
    template: '/schedules',
    query: {
      dateStart: { ...grammar.date, required: true },
      dateEnd: { ...grammar.date, required: true },
      ...page,
    },
    response: z.array(wire.schedule),
  },
  appointments: {
    ...list,
    template: '/appointments',
    query: {
      dateStart: { ...grammar.date, required: true },
      dateEnd: { ...grammar.date, required: true },
      PatNum: grammar.id,
      ...page,
    },
    response: z.array(wire.appointment),
  },
  appointment: {
    ...list,
    template: '/appointments/{AptNum}',
    path: { AptNum: grammar.id },
    response: wire.appointment,
  },
  history: {
    ...list,
    template: '/histappointments',
    query: { AptNum: { ...grammar.id, required: true }, ...page },
    response: z.array(wire.history),
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
    method: 'PUT',
    template: '/appointments/{AptNum}',
    path: { AptNum: grammar.id },
    body: wire.movedAppointment,
    response: wire.writtenAppointment,
    ok: [200],
  },
  breakAppointment: {
    ...write,
    method: 'PUT',
    template: '/appointments/{AptNum}/Break',
    path: { AptNum: grammar.id },
    body: wire.brokenAppointment,
    response: 'empty',
    ok: [200],
  },
  searchPatients: {
    ...list,
    template: '/patients/Simple',
    query: {
      LName: { ...grammar.personName, required: true },
      FName: { ...grammar.personName, required: true },
      Birthdate: { ...grammar.date, required: true },
      ...page,
    },
    response: z.array(wire.patient),
  },
  createPatient: {
    ...write,
    method: 'POST',
    template: '/patients',
    body: wire.newPatient,
    response: wire.writtenPatient,
    ok: [201],
  },
} as const satisfies RouteTable;
