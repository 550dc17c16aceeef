import type { EmrAnswer } from '#simulator-kit/index.ts';
import { fhir, notFound, versionHeaders } from '../outcome.ts';
import { readCount, readQuery, refuseSearch } from '../query.ts';
import { search } from '../search.ts';
import type { ClinicCall, Method } from '../tables.ts';
import { orderOf, slotOf } from '../weekly-schedule.ts';
import { scheduleOnWire } from '../wire/slot.ts';

export const scheduleMethods: readonly Method[] = [
  { verb: 'GET', template: '/Schedule', type: 'Schedule', needs: 's', handle: searchSchedules },
  { verb: 'GET', template: '/Schedule/{id}', type: 'Schedule', needs: 'r', handle: readSchedule },
];

/** By `_id` alone. */
function searchSchedules(call: ClinicCall): EmrAnswer {
  return search(call, 'Schedule', (first) => {
    const query = readQuery(first, ['_id', '_count']);
    const ids = query.list('_id');
    if (ids === undefined) throw refuseSearch(first, 'no supported search parameters provided');
    const slots = [...new Set(ids)].flatMap((id) => slotOf(first.clinic, id) ?? []);
    const matches = slots
      .map((slot) => ({ order: orderOf(slot), resource: scheduleOnWire(first, slot) }))
      .sort((a, b) => (a.order < b.order ? -1 : 1));
    return { matches, count: readCount(first, query, { least: 1, most: 200, usual: 50 }) };
  });
}

function readSchedule(call: ClinicCall): EmrAnswer {
  const slot = slotOf(call.clinic, call.path.id ?? '');
  if (slot === undefined) throw notFound();
  return fhir(200, scheduleOnWire(call, slot), versionHeaders('0', Date.parse('2026-01-05T13:00:00Z')));
}
