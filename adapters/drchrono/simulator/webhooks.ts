import { createHmac, randomUUID } from 'node:crypto';
import type { Message, MessagePlan } from '#simulator-kit/index.ts';
import { listed, type Settings } from './settings.ts';
import type { AccountScene, Appointment, Tables } from './tables.ts';
import { appointmentOut } from './wire/appointment.ts';

/** Queues what the application's webhook is told of an appointment: the object as it is now, however late it arrives. */
export function announceAppointment(
  scene: AccountScene,
  what: 'CREATE' | 'MODIFY' | 'DELETE',
  row: Appointment,
): void {
  announce(scene, `APPOINTMENT_${what}`, row.practice, appointmentOut(row, scene.settings));
}

/** Queues an event for a webhook that is subscribed to it and whose owner has been proved. */
export function announce(scene: AccountScene, event: string, practice: number, object: object): void {
  const { settings, db, now } = scene;
  if (!listed(settings.webhookEvents).includes(event)) return;
  if (settings.webhookUrl === '' || !isVerified(scene)) return;
  const id = randomUUID();
  const body = JSON.stringify({
    ...(settings.webhookPracticeGroupId && { practice_group_id: practice }),
    receiver: { id: 1, callback_url: settings.webhookUrl, events: listed(settings.webhookEvents) },
    object,
  });
  db.table('deliveries').put(id, {
    id,
    url: settings.webhookUrl,
    event,
    body,
    at: now,
    attempts: 0,
    dueAt: now,
  });
}

/** The courier's orders: the question whose the address is, and every delivery that is due. */
export const messages: MessagePlan<Tables, Settings> = {
  due({ db, settings, now }) {
    const asked = handshakeOf(settings);
    const handshake: Message[] =
      settings.webhookUrl === '' || db.table('handshake').get(HANDSHAKE)?.asked === asked
        ? []
        : [
            {
              id: asked,
              method: 'GET',
              url: handshakeUrl(settings),
              headers: { accept: 'application/json' },
            },
          ];
    const deliveries = db
      .table('deliveries')
      .all()
      .filter(({ dueAt }) => dueAt !== null && dueAt <= now);
    return [
      ...handshake,
      ...deliveries.map(({ id, url, event, body }): Message => {
        const headers = {
          'content-type': 'application/json',
          'x-drchrono-event': event,
          // The secret as it is, and no digest of the body.
          'x-drchrono-signature': settings.webhookSecret,
          'x-drchrono-delivery': id,
        };
        return { id, method: 'POST', url, headers, body };
      }),
    ];
  },
  settle({ db, settings }, { id }, reply) {
    const table = db.table('deliveries');
    const delivery = table.get(id);
    if (id.startsWith(HANDSHAKE)) {
      const verified = reply?.status === 200 && tokenIn(reply.body) === digestOf(settings);
      db.table('handshake').put(HANDSHAKE, { asked: id, verified });
    } else if (delivery !== undefined && reply !== undefined && reply.status >= 200 && reply.status < 300)
      table.delete(id);
    else if (delivery !== undefined) {
      const hours = settings.webhookRetries ? RETRY_HOURS[delivery.attempts] : undefined;
      table.put(id, {
        ...delivery,
        attempts: delivery.attempts + 1,
        dueAt: hours === undefined ? null : delivery.at + hours * settings.webhookHourMs,
      });
    }
  },
};

const HANDSHAKE = 'handshake';
/** After the event, not after the attempt before. */
const RETRY_HOURS = [1, 3, 7];
const MESSAGE = 'is-it-yours';

function isVerified({ db, settings }: AccountScene): boolean {
  const known = db.table('handshake').get(HANDSHAKE);
  return known?.verified === true && known.asked === handshakeOf(settings);
}

function handshakeOf({ webhookUrl, webhookVerifications }: Settings): string {
  return `${HANDSHAKE} ${webhookVerifications} ${webhookUrl}`;
}

function handshakeUrl({ webhookUrl }: Settings): string {
  const url = URL.parse(webhookUrl);
  url?.searchParams.set('msg', MESSAGE);
  return url?.href ?? '';
}

function digestOf({ webhookSecret }: Settings): string {
  return createHmac('sha256', webhookSecret).update(MESSAGE).digest('hex');
}

function tokenIn(body: string): unknown {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && 'secret_token' in value
      ? value.secret_token
      : undefined;
  } catch {
    return undefined;
  }
}
