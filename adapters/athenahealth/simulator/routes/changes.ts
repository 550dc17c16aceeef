import type { EmrAnswer } from '#simulator-kit/index.ts';
import { EVENTS, markProcessed, processedChanges, waitingChanges } from '../change-feed.ts';
import { EASTERN } from '../clock.ts';
import { invalid, refuse } from '../error.ts';
import { page, readPage } from '../page.ts';
import { recordOf } from '../slot-book.ts';
import type { Appointment, AthenaCall, Change, Method } from '../tables.ts';
import { fullRow } from '../wire/appointment.ts';
import { answer } from '../wire/json.ts';

export const changeMethods: readonly Method[] = [
  // Reading takes away what is read.
  { verb: 'GET', template: '/appointments/changed', effect: 'write', handle: readChanges },
  { verb: 'GET', template: '/appointments/changed/subscription', handle: readSubscription },
  { verb: 'GET', template: '/appointments/changed/subscription/events', handle: listEvents },
  { verb: 'POST', template: '/appointments/changed/subscription', handle: subscribe },
  { verb: 'DELETE', template: '/appointments/changed/subscription', handle: unsubscribe },
];

const SIZES = { usual: 1000, most: 5000 };

function readChanges(call: AthenaCall): EmrAnswer {
  const { parameters, db, clientId } = call;
  if (db.table('subscriptions').get(clientId) === undefined)
    throw refuse(403, 'Changed appointment messages require a subscription, which has not been set up.');
  const from = parameters.dateTime('showprocessedstartdatetime', EASTERN);
  const to = parameters.dateTime('showprocessedenddatetime', EASTERN) ?? call.now;
  const replayed = from !== undefined;
  const wanted = (replayed ? processedChanges(call, from, to) : waitingChanges(call)).filter(filterOf(call));
  const told = wanted.flatMap((change) => {
    const row = presentState(call, change);
    return row === undefined ? [] : [{ change, row }];
  });
  const reply = page(call, 'appointments', told, SIZES, ({ row }) => fullRow(call, row, parameters));
  if (replayed || parameters.flag('leaveunprocessed') === true) return reply;
  const { offset, limit } = readPage(call, SIZES);
  const untold = wanted.filter((change) => !told.some((one) => one.change === change));
  markProcessed(call, [...told.slice(offset, offset + limit).map(({ change }) => change), ...untold]);
  return reply;
}

/** Rows hold no event: what is told is how the record stands. */
function presentState(call: AthenaCall, { appointmentId }: Change): Appointment | undefined {
  const row = recordOf(call, appointmentId);
  if (row !== undefined || call.settings.deletedInFeed === 'absent') return row;
  const gone = call.db.table('appointments').get(appointmentId);
  return gone === undefined ? undefined : { ...gone, status: 'x' };
}

function filterOf({ parameters, db }: AthenaCall): (change: Change) => boolean {
  const departments = parameters.ids('departmentid');
  const providers = parameters.ids('providerid');
  const patients = parameters.ids('patientid');
  return ({ appointmentId }) => {
    const row = db.table('appointments').get(appointmentId);
    if (row === undefined) return false;
    return (
      (departments?.includes(row.departmentId) ?? true) &&
      (providers?.includes(row.providerId) ?? true) &&
      (patients?.includes(row.patientId ?? '') ?? true)
    );
  };
}

function readSubscription(call: AthenaCall): EmrAnswer {
  const events = call.db.table('subscriptions').get(call.clientId)?.events ?? [];
  const all = EVENTS.every((event) => events.includes(event));
  return answer(call, {
    status: events.length === 0 ? 'INACTIVE' : all ? 'ACTIVE' : 'PARTIAL',
    subscriptions: events.map((eventname) => ({ eventname })),
  });
}

function listEvents(call: AthenaCall): EmrAnswer {
  const all = [...EVENTS, ...OPTIONAL];
  return answer(call, { totalcount: all.length, subscriptions: all.map((eventname) => ({ eventname })) });
}

/** One event or all; the departments are those of this call alone. */
function subscribe(call: AthenaCall): EmrAnswer {
  const { parameters, db, clientId } = call;
  const asked = eventOf(call);
  const optional = [
    ...(parameters.flag('includeremindercall') ? ['UpdateReminderCall'] : []),
    ...(parameters.flag('includesuggestedoverbooking') ? ['UpdateSuggestedOverbooking'] : []),
  ];
  const before = db.table('subscriptions').get(clientId)?.events ?? [];
  const events = [...new Set([...before, ...(asked === undefined ? EVENTS : [asked]), ...optional])];
  const departments = parameters.ids('departmentids');
  db.table('subscriptions').put(clientId, { clientId, events, ...(departments && { departments }) });
  return answer(call, { success: true });
}

function unsubscribe(call: AthenaCall): EmrAnswer {
  const { db, clientId } = call;
  const subscriptions = db.table('subscriptions');
  const before = subscriptions.get(clientId);
  const asked = eventOf(call);
  const events = asked === undefined ? [] : (before?.events ?? []).filter((event) => event !== asked);
  if (events.length === 0 || before === undefined) subscriptions.delete(clientId);
  else subscriptions.put(clientId, { ...before, events });
  return answer(call, { success: true });
}

function eventOf({ parameters }: AthenaCall): string | undefined {
  const asked = parameters.text('eventname');
  if (asked === undefined || [...EVENTS, ...OPTIONAL].includes(asked)) return asked;
  throw invalid('Event name is invalid.');
}

/** Never sent: neither reminders nor suggestions are played. */
const OPTIONAL: readonly string[] = ['UpdateReminderCall', 'UpdateSuggestedOverbooking'];
