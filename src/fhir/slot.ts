import type { Slot } from '@medplum/fhirtypes';
import { profile } from './canonical.ts';
import { localInstant } from './date-time.ts';
import { type VisitTypeCode, visitTypeConcept } from './visit-type.ts';

/** An opening as its Slot shows it. Instants have an offset or `Z`. */
export interface OpeningView {
  readonly id: string;
  readonly scheduleId: string;
  readonly start: string;
  readonly end: string;
  readonly visitType: VisitTypeCode;
  /** `free` when it is offered, `busy-tentative` while somebody holds it, `busy` when it is taken. */
  readonly status?: 'free' | 'busy' | 'busy-tentative' | 'busy-unavailable';
  /** When the EMR was last seen to have it so. */
  readonly seenAt?: string;
}

/** @param zone IANA zone of the practice: times go out with its offset */
export function slotOf(opening: OpeningView, zone: string): Slot & { id: string } {
  return {
    resourceType: 'Slot',
    id: opening.id,
    meta: {
      ...(opening.seenAt !== undefined && { lastUpdated: localInstant(opening.seenAt, zone) }),
      profile: [profile.slot],
    },
    serviceType: [visitTypeConcept(opening.visitType)],
    schedule: { reference: `Schedule/${opening.scheduleId}` },
    status: opening.status ?? 'free',
    start: localInstant(opening.start, zone),
    end: localInstant(opening.end, zone),
  };
}
