import type { Capabilities } from '#adapter-kit/index.ts';
import { refusals } from './map/issue.ts';

/** What Open Dental can do by its remote API, as data. */
export const capabilities: Capabilities = {
  // An unchecked POST: no documented answer for a chair that is taken, so it is assumed to take overlaps.
  bookingClass: 'C',
  find: true,
  // No hold, no reserve, no tentative status.
  hold: 'gateway',
  book: true,
  reschedule: 'in-place',
  cancel: true,
  matchPatient: true,
  createPatient: true,
  marker: { field: 'Note' },
  // The vendor gives up at 60 s and the write may still be applied after that.
  quietSeconds: 120,
  readAfterWriteMs: 0,
  times: 'practice-local',
  // One request a second for a customer key; further ones wait in a queue, so doing two at once gains nothing.
  pace: { gapMs: 1000, concurrent: 1 },
  refusals,
};
