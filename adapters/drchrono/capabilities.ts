import type { Capabilities } from '#adapter-kit/index.ts';
import { refusals } from './map/issue.ts';

/** What DrChrono can do by its REST API, as data. */
export const capabilities: Capabilities = {
  // POST and PATCH are answered 409 where the time overlaps another visit's, unless `allow_overlapping` is sent.
  bookingClass: 'B',
  find: true,
  // No hold, no tentative status.
  hold: 'gateway',
  book: true,
  reschedule: 'in-place',
  cancel: true,
  matchPatient: true,
  createPatient: true,
  marker: { field: 'notes' },
  quietSeconds: 120,
  // "List GETs may be several seconds old", without a number: several is more than three, so six. A read by id is of now.
  readAfterWriteMs: 6_000,
  times: 'practice-local',
  pace: { gapMs: 0, concurrent: 2 },
  // For all practices of one application together. Ten within a second are too many.
  quota: { window: 'hour', calls: 500, perSecond: 9 },
  // Deliveries tell sooner; this finds what they missed, two requests an hour for each practice.
  changes: { everyMinutes: 30 },
  refusals,
};
