import type { EmrAnswer, OwnFaults } from '#simulator-kit/index.ts';
import { markProcessed, waitingChanges } from './change-feed.ts';
import { conflictAnswer, forbidden } from './error.ts';
import { overLimit } from './quota.ts';
import type { AthenaScene } from './tables.ts';

/** What goes wrong with this vendor alone. */
export const faults = {
  /** The client has used up its day. Nothing is performed. */
  'quota-exhausted': { on: 'request' },
  /** 403 although the scope is there. Nothing is performed. */
  'permission-missing': { on: 'request' },
  /** Another worker with the same key has just read the changes. */
  'feed-drained': { on: 'request', routes: ['GET /appointments/changed'] },
  /** The slot is booked and the client is told that it was taken. */
  'conflict-is-ours': {
    on: 'request',
    routes: ['PUT /appointments/{appointmentid}', 'PUT /appointments/{appointmentid}/reschedule'],
  },
  /** A list that does not know yet what reading by id tells: as of `delayMs` ago, or before the last write. */
  'list-lag': {
    on: 'request',
    stale: true,
    routes: [
      'GET /appointments/open',
      'GET /appointments/booked',
      'GET /appointments/booked/multipledepartment',
      'GET /appointments/booked/multiple',
      'GET /patients/{patientid}/appointments',
    ],
  },
} as const satisfies OwnFaults;

/** Performs an operation as its fault, if it has met one, would have it. */
export function playFault(scene: AthenaScene, perform: () => EmrAnswer): EmrAnswer {
  const { settings, fault } = scene;
  switch (fault?.name) {
    case 'quota-exhausted': {
      const refusal = overLimit(settings);
      return { ...refusal, headers: { ...refusal.headers, 'x-ratelimit-remaining': '0' } };
    }
    case 'permission-missing':
      return forbidden();
    case 'feed-drained':
      markProcessed(scene, waitingChanges(scene));
      return perform();
    case 'conflict-is-ours': {
      const answer = perform();
      return answer.status === 200 ? conflictAnswer() : answer;
    }
    default:
      return perform();
  }
}
