import { grammar, type Route, type RouteTable, z } from '#adapter-kit/index.ts';
import * as wire from './wire.ts';

const instant = { pattern: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$/, maxLength: 25 };
const window = { from: { ...instant, required: true }, to: { ...instant, required: true } };
const read = {
  method: 'GET',
  ok: [200],
  timeoutMs: 5_000,
  maxResponseBytes: 1 << 20,
  effect: 'read',
} as const;
const write = { ok: [200, 201], timeoutMs: 5_000, maxResponseBytes: 1 << 16, effect: 'write' } as const;
const byId = { template: '/visits/{id}', path: { id: grammar.id } } as const satisfies Partial<Route>;

/** All that this adapter can ever send. */
export const routes = {
  house: { ...read, template: '/house', response: wire.house },
  hours: { ...read, template: '/hours', query: window, response: z.array(wire.hours) },
  visits: {
    ...read,
    template: '/visits',
    query: { ...window, person: grammar.id },
    response: z.array(wire.visit),
  },
  visit: { ...read, ...byId, response: wire.visit },
  makeVisit: { ...write, method: 'POST', template: '/visits', body: wire.newVisit, response: wire.made },
  moveVisit: { ...write, ...byId, method: 'PUT', body: wire.movedVisit, response: wire.made },
  cancelVisit: { ...write, ...byId, method: 'PATCH', body: wire.cancelledVisit, response: wire.made },
  people: {
    ...read,
    template: '/people',
    query: { family: { ...grammar.personName, required: true }, born: { ...grammar.date, required: true } },
    response: z.array(wire.person),
  },
  addPerson: { ...write, method: 'POST', template: '/people', body: wire.newPerson, response: wire.made },
} as const satisfies RouteTable;
