import type { Capabilities } from '#adapter-kit/index.ts';
import { refusals } from './map/issue.ts';
import { isComplete, type Settings } from './settings.ts';

/** What Epic can do by FHIR, as data. Times are found and booked once the practice has named who, where and for what. */
export function capabilitiesWith(settings: Settings): Capabilities {
  const isNamed = isComplete(settings);
  return {
    bookingClass: 'E',
    find: isNamed,
    // No hold in Epic's FHIR.
    hold: 'gateway',
    book: isNamed,
    // Neither is in FHIR. Epic's private web services can, and their request bodies are not public.
    reschedule: 'unsupported',
    cancel: false,
    matchPatient: true,
    createPatient: false,
    // `appointmentNote` goes in and never comes out by FHIR, so nothing can be found by it.
    marker: 'none',
    quietSeconds: 120,
    readAfterWriteMs: 0,
    times: 'offset',
    // None is published; app rules ask to keep the load small.
    pace: { gapMs: 0, concurrent: 2 },
    refusals,
  };
}
