import type { Capabilities } from '#adapter-kit/index.ts';
import { refusals } from './map/issue.ts';
import { isNamed, type Settings } from './settings.ts';

/** What athenaOne can do, as data. Times are found and booked once the practice has named who, where and for what. */
export function capabilitiesWith(settings: Settings): Capabilities {
  const canFind = isNamed(settings);
  return {
    // The id of an open slot is that of its appointment: whoever writes first has it.
    bookingClass: 'A',
    find: canFind,
    hold: canFind && settings.freezeHeldTimes ? 'native' : 'gateway',
    book: canFind,
    reschedule: 'linked',
    cancel: true,
    matchPatient: true,
    createPatient: settings.newPatientDepartment !== '',
    marker: { field: 'bookingnote' },
    // A reschedule took 45 s in the vendor's own sandbox.
    quietSeconds: 120,
    // By id at once. Nobody says whether lists lag, and a refused booking is looked for in a list.
    readAfterWriteMs: 2_000,
    times: 'practice-local',
    // There is a limit by the second, and nobody says which: five is what public clients keep to in preview.
    pace: { gapMs: 200, concurrent: 2 },
    // As observed in preview.
    quota: { window: 'day', calls: 50_000, perSecond: 5 },
    ...(settings.changeFeed && { changes: { everyMinutes: 5 } }),
    refusals,
  };
}
