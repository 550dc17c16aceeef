import type { Appointment, AthenaScene, Change } from './tables.ts';

export type ChangeEvent = (typeof EVENTS)[number];

export const EVENTS = [
  'ScheduleAppointment',
  'UpdateAppointment',
  'CancelAppointment',
  'CheckIn',
  'CheckOut',
  'FreezeAppointment',
  'UnfreezeAppointment',
  'AddAppointmentSlot',
  'DeleteAppointment',
] as const;

/** Puts a record into the queue of every client that has subscribed to the event, once until it is read. */
export function tellOfChange(scene: AthenaScene, row: Appointment, event: ChangeEvent): void {
  const { db, now } = scene;
  for (const { clientId, events, departments } of db.table('subscriptions').all()) {
    if (!events.includes(event) || departments?.includes(row.departmentId) === false) continue;
    const key = `${clientId} ${row.id}`;
    const at = db.table('changes').get(key)?.at ?? now;
    db.table('changes').put(key, { clientId, appointmentId: row.id, at });
  }
}

/** What a client has not read yet and may, oldest first. */
export function waitingChanges({ db, clientId, now, settings }: AthenaScene): Change[] {
  const latest = now - settings.feedDelaySeconds * 1000;
  return db
    .table('changes')
    .all()
    .filter((change) => change.clientId === clientId && change.at <= latest);
}

/** Takes changes out of the queue; they can be asked for again for a while. */
export function markProcessed({ db, now }: AthenaScene, changes: readonly Change[]): void {
  for (const { clientId, appointmentId } of changes) {
    const key = `${clientId} ${appointmentId}`;
    db.table('changes').delete(key);
    db.table('processed-changes').put(key, { clientId, appointmentId, at: now });
  }
}

/** What a client has read between two instants, as far as it is still kept. */
export function processedChanges(scene: AthenaScene, from: number, to: number): Change[] {
  const { db, clientId, now, settings } = scene;
  const kept = now - settings.processedMinutes * 60_000;
  return db
    .table('processed-changes')
    .all()
    .filter(({ clientId: whose, at }) => whose === clientId && at >= Math.max(from, kept) && at <= to);
}
