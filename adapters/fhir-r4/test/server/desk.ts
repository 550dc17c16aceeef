import { randomUUID } from 'node:crypto';
import type { Appointment } from '@medplum/fhirtypes';
import type { LedgerAppointment, StaffAction } from '#adapter-kit/testing/index.ts';
import { type Book, referenceOf } from './book.ts';
import type { FhirStore } from './repository.ts';

/** The front desk, which asks nobody, and the ledger of all that was ever written. */
export function keepDesk(store: FhirStore, book: Book): Desk {
  let writes = new Map<string, { by: string; action: string }[]>();
  let deleted: (Appointment & { id: string })[] = [];
  const note = (id: string, by: string, action: string): void => {
    writes.set(id, [...(writes.get(id) ?? []), { by, action }]);
  };

  async function obey(action: StaffAction): Promise<string> {
    if (action.action === 'book') {
      const { patientId, practitionerId, locationId, start, minutes } = action;
      const id = randomUUID();
      const slots = await book.slotsAt(practitionerId, locationId, start, minutes);
      const references = [`Patient/${patientId}`, `Practitioner/${practitionerId}`, `Location/${locationId}`];
      await store.put({
        resourceType: 'Appointment',
        id,
        status: 'booked',
        ...timesOf(start, minutes),
        slot: slots.map((slot) => ({ reference: `Slot/${slot.id}` })),
        participant: references.map((reference) => ({ actor: { reference }, status: 'accepted' as const })),
      } satisfies Appointment & { id: string });
      note(id, 'staff', 'book');
      return id;
    }
    const found = (await store.list('Appointment')).find(({ id }) => id === action.id);
    if (found === undefined) throw new Error(`There is no appointment ${action.id}.`);
    note(found.id, 'staff', action.action);
    if (action.action === 'delete') {
      deleted.push(found);
      await store.remove('Appointment', found.id);
    } else if (action.action === 'move') await store.put(await movedTo(found, action.start));
    else if (action.action === 'note') await store.put({ ...found, comment: action.note });
    else await store.put({ ...found, status: action.action === 'cancel' ? 'cancelled' : 'noshow' });
    return found.id;
  }

  async function movedTo(found: Appointment & { id: string }, start: string) {
    const minutes = (Date.parse(found.end ?? '') - Date.parse(found.start ?? '')) / 60_000;
    const practitioner = referenceOf(found, 'Practitioner')?.slice('Practitioner/'.length) ?? '';
    const location = referenceOf(found, 'Location')?.slice('Location/'.length) ?? '';
    const slots = await book.slotsAt(practitioner, location, start, minutes);
    return {
      ...found,
      ...timesOf(start, minutes),
      slot: slots.map((slot) => ({ reference: `Slot/${slot.id}` })),
    };
  }

  return {
    note,
    obey: async (action) => {
      await store.remember();
      const id = await obey(action);
      await book.settle();
      return id;
    },
    ledger: async () => [
      ...(await store.list('Appointment')).map((one) => entry(one, one.status, writes)),
      ...deleted.map((one) => entry(one, 'entered-in-error', writes)),
    ],
    reset: () => {
      writes = new Map();
      deleted = [];
    },
  };
}

export interface Desk {
  note(id: string, by: string, action: string): void;
  obey(action: StaffAction): Promise<string>;
  ledger(): Promise<readonly LedgerAppointment[]>;
  reset(): void;
}

function entry(
  appointment: Appointment & { id: string },
  status: string,
  writes: ReadonlyMap<string, readonly { by: string; action: string }[]>,
): LedgerAppointment {
  const id = (type: string) => referenceOf(appointment, type)?.slice(type.length + 1) ?? null;
  return {
    id: appointment.id,
    patientId: id('Patient') ?? '',
    start: appointment.start ?? null,
    end: appointment.end ?? null,
    practitionerId: id('Practitioner'),
    locationId: id('Location'),
    status,
    marker: /GW:[A-Z2-7]+\.\d+/.exec(appointment.comment ?? '')?.[0] ?? null,
    writes: writes.get(appointment.id) ?? [],
  };
}

function timesOf(start: string, minutes: number) {
  const at = Date.parse(start);
  return { start: new Date(at).toISOString(), end: new Date(at + minutes * 60_000).toISOString() };
}
