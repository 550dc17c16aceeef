import { refuse, resourceAnswer } from '../answer.ts';
import { isTaken } from '../appointment-book.ts';
import { openingOfSlot, schedulesOf } from '../schedule-book.ts';
import type { EpicCall, Interaction } from '../tables.ts';
import { utc } from '../weekly-template.ts';
import { slotOnWire } from '../wire/appointment.ts';

/** STU3 reads by id; neither type can be searched, and R4 has neither. */
export const scheduleReads: readonly Interaction[] = [
  {
    verb: 'GET',
    template: '/api/FHIR/STU3/Schedule/{id}',
    effect: 'read',
    access: 'Schedule.r',
    handle: readSchedule,
  },
  { verb: 'GET', template: '/api/FHIR/STU3/Slot/{id}', effect: 'read', access: 'Slot.r', handle: readSlot },
];

function readSchedule(call: EpicCall) {
  const row = schedulesOf(call.practice).find(({ id }) => id === call.path.id);
  if (row === undefined) throw refuse(call, 404, NOT_FOUND);
  return resourceAnswer(call.request, 200, {
    resourceType: 'Schedule',
    id: row.id,
    active: true,
    actor: [{ reference: `Practitioner/${row.practitioner}` }, { reference: `Location/${row.location}` }],
    planningHorizon: { start: utc(call.now), end: utc(call.now + 366 * 86_400_000) },
  });
}

function readSlot(call: EpicCall) {
  const opening = openingOfSlot(call.practice, call.path.id ?? '');
  if (opening === undefined) throw refuse(call, 404, NOT_FOUND);
  const slot = slotOnWire(call.practice, opening, isTaken(call, opening) ? 'busy' : 'free');
  return resourceAnswer(call.request, 200, slot);
}

const NOT_FOUND = { code: '59008', diagnostics: 'The FHIR ID was not found.', element: 'id' } as const;
