import { type Operations, unsupported } from '#adapter-kit/index.ts';
import { appointmentsOf, read } from './appointments.ts';
import { openings, verify } from './availability.ts';
import { book, cancel, move } from './booking.ts';
import type { FhirDialect } from './dialect.ts';
import { directory, probe } from './directory.ts';
import { createPatient, matchPatients } from './patients.ts';

/** The operations of an adapter for a server that speaks this dialect. What it cannot do they refuse by themselves. */
export function createFhirOperations(dialect: FhirDialect): Operations {
  return {
    probe: (ctx) => probe(dialect, ctx),
    directory: (ctx) => directory(dialect, ctx),
    openings: (ctx, query) => openings(dialect, ctx, query),
    verify: (ctx, opening) => verify(dialect, ctx, opening),
    hold: unsupported,
    release: unsupported,
    book: (ctx, request) => book(dialect, ctx, request),
    move: (ctx, id, request) => move(dialect, ctx, id, request),
    cancel: (ctx, id) => cancel(dialect, ctx, id),
    read: (ctx, id) => read(dialect, ctx, id),
    appointmentsOf: (ctx, patient, window) => appointmentsOf(dialect, ctx, patient, window),
    matchPatients: (ctx, person) => matchPatients(dialect, ctx, person),
    createPatient: (ctx, person) => createPatient(dialect, ctx, person),
    changes: unsupported,
  };
}
