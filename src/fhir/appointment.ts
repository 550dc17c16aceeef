import type {
  Appointment,
  AppointmentParticipant,
  Extension,
  HealthcareService,
  Location,
  Period,
  Practitioner,
} from '@medplum/fhirtypes';
import { codeSystem, extension, profile } from './canonical.ts';
import { localInstant } from './date-time.ts';
import { type Named, reference } from './directory.ts';
import { type VisitTypeCode, visitTypeConcept } from './visit-type.ts';

export type AppointmentStatus = NonNullable<Appointment['status']>;

/** An appointment as it leaves: ids are this gateway's own, instants have an offset or `Z`. No free text. */
export interface AppointmentView {
  readonly id: string;
  readonly version?: string;
  readonly lastUpdated?: string;
  readonly status: AppointmentStatus;
  readonly start: string;
  readonly end: string;
  readonly visitType?: VisitTypeCode;
  /** Where none of these three is known, the practice itself takes part, as a name without a reference. */
  readonly practitioner?: Named;
  readonly location?: Named;
  readonly service?: Named;
  /** Id of the Slot it takes or would take. */
  readonly slotId?: string;
  readonly patientId?: string;
  /** The window that was asked for; the appointment's own time when missing. */
  readonly requested?: { readonly from?: string; readonly to?: string };
  readonly created?: string;
  /** Code of the HL7 appointment cancellation reasons. */
  readonly cancelationReason?: string;
}

/**
 * An Appointment of any status (IHE ITI Scheduling 1.0 appointment profile: start, end, `requestedPeriod` and an actor
 * for each participant).
 *
 * @param zone IANA zone of the practice: times go out with its offset
 */
export function appointmentOf(view: AppointmentView, zone: string): Appointment & { id: string } {
  return resource(view, zone, profile.appointment, []);
}

/** What `$find` offers: nobody has agreed to it yet, and its id is that of its Slot. */
export function proposedAppointment(
  view: Omit<AppointmentView, 'status' | 'slotId' | 'patientId'>,
  zone: string,
): Appointment & { id: string } {
  return resource({ ...view, status: 'proposed', slotId: view.id }, zone, profile.proposedAppointment, []);
}

/** What `$hold` keeps. `kind` tells whether the EMR keeps the time too, or this gateway alone. */
export function heldAppointment(
  view: Omit<AppointmentView, 'status'> & { readonly slotId: string },
  hold: { readonly expiresAt: string; readonly kind: 'gateway' | 'native' },
  zone: string,
): Appointment & { id: string } {
  return resource({ ...view, status: 'pending' }, zone, profile.heldAppointment, [
    { url: extension.holdExpires, valueInstant: localInstant(hold.expiresAt, zone) },
    { url: extension.holdKind, valueCode: hold.kind },
  ]);
}

/** `Expires` of the answer to a `$hold` (Argonaut Scheduling 1.0.1; RFC 9110 §5.6.7 date). */
export function holdHeaders(expiresAt: string): { readonly Expires: string } {
  return { Expires: new Date(expiresAt).toUTCString() };
}

function resource(
  view: AppointmentView,
  zone: string,
  profileUrl: string,
  extensions: readonly Extension[],
): Appointment & { id: string } {
  const start = localInstant(view.start, zone);
  const end = localInstant(view.end, zone);
  return {
    resourceType: 'Appointment',
    id: view.id,
    meta: {
      ...(view.version !== undefined && { versionId: view.version }),
      ...(view.lastUpdated !== undefined && { lastUpdated: localInstant(view.lastUpdated, zone) }),
      profile: [profileUrl, profile.iheAppointment],
    },
    ...(extensions.length > 0 && { extension: [...extensions] }),
    status: view.status,
    ...(view.cancelationReason !== undefined &&
      (view.status === 'cancelled' || view.status === 'noshow') && {
        cancelationReason: {
          coding: [{ system: codeSystem.cancellationReason, code: view.cancelationReason }],
        },
      }),
    ...(view.visitType !== undefined && { serviceType: [visitTypeConcept(view.visitType)] }),
    start,
    end,
    minutesDuration: Math.max(1, Math.round((Date.parse(view.end) - Date.parse(view.start)) / 60_000)),
    ...(view.slotId !== undefined && { slot: [{ reference: `Slot/${view.slotId}` }] }),
    ...(view.created !== undefined && { created: localInstant(view.created, zone) }),
    participant: participants(view),
    requestedPeriod: [requestedPeriod(view, zone, start, end)],
  };
}

type ParticipantStatus = AppointmentParticipant['status'];

/** What the status of the whole means for each of those who take part (Argonaut Scheduling 1.0.1, states). */
const participantStatus: Readonly<Record<AppointmentStatus, ParticipantStatus>> = {
  proposed: 'needs-action',
  waitlist: 'needs-action',
  pending: 'tentative',
  booked: 'accepted',
  arrived: 'accepted',
  'checked-in': 'accepted',
  fulfilled: 'accepted',
  noshow: 'accepted',
  cancelled: 'declined',
  'entered-in-error': 'declined',
};

function participants(view: AppointmentView): AppointmentParticipant[] {
  const status = participantStatus[view.status];
  const actors = [
    ...(view.practitioner === undefined ? [] : [reference<Practitioner>('Practitioner', view.practitioner)]),
    ...(view.location === undefined ? [] : [reference<Location>('Location', view.location)]),
  ];
  const service =
    view.service === undefined
      ? { display: 'The practice' }
      : reference<HealthcareService>('HealthcareService', view.service);
  return [
    ...(view.patientId === undefined ? [] : [{ reference: `Patient/${view.patientId}` }]),
    ...(actors.length > 0 ? actors : [service]),
  ].map((actor): AppointmentParticipant => ({ actor, required: 'required', status }));
}

function requestedPeriod({ requested }: AppointmentView, zone: string, start: string, end: string): Period {
  return {
    start: requested?.from === undefined ? start : localInstant(requested.from, zone),
    end: requested?.to === undefined ? end : localInstant(requested.to, zone),
  };
}
