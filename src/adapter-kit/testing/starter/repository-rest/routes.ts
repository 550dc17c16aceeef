import { grammar, type RouteTable, z } from '#adapter-kit/index.ts';
import * as wire from './wire.ts';

const read = {
  method: 'GET',
  ok: [200],
  timeoutMs: 5_000,
  maxResponseBytes: 1 << 20,
  effect: 'read',
} as const;
const window = {
  from: { ...grammar.fhirInstant, required: true },
  to: { ...grammar.fhirInstant, required: true },
};

/** All that this adapter can ever send. */
export const routes = {
  status: { ...read, template: '/status', response: wire.status },
  providers: { ...read, template: '/providers', response: z.array(wire.named) },
  rooms: { ...read, template: '/rooms', response: z.array(wire.named) },
  hours: { ...read, template: '/hours', query: window, response: z.array(wire.hours) },
  visits: { ...read, template: '/visits', query: window, response: z.array(wire.visit) },
} as const satisfies RouteTable;
