import {
  APPOINTMENT_TYPES,
  CANCELLATION_REASONS,
  codeSet,
  EXTENSION,
  PARTICIPANT_TYPES,
  PARTICIPATION_TYPE,
  SERVICE_CATEGORIES,
} from '../code-system.ts';
import type { Appointment, ClinicCall, Span } from '../tables.ts';
import type { FhirResource } from './fhir-resource.ts';
import { instantOnWire } from './instant.ts';
import { displayName } from './patient.ts';
import { serviceTypeOnWire } from './slot.ts';

export function appointmentOnWire(call: ClinicCall, row: Appointment): FhirResource {
  const { settings } = call;
  const cancelled = row.status === 'cancelled' || row.status === 'noshow';
  const keepsSlot = row.slotId !== undefined && (!cancelled || settings.cancelledKeepsSlot);
  return {
    resourceType: 'Appointment',
    id: row.id,
    meta: { versionId: row.version, lastUpdated: instantOnWire(row.lastUpdated, settings, row.id) },
    ...(row.video === true && { contained: [videoVisit] }),
    extension: extensions(row),
    status: row.status,
    ...(cancelled && { cancelationReason: reasonOnWire(call, row) }),
    serviceCategory: [serviceCategory(call, row)],
    serviceType: [serviceType(call, row)],
    ...(row.reasonText !== undefined && { reasonCode: [{ text: row.reasonText }] }),
    description: typeOf(call, row)?.display ?? 'Appointment request',
    ...(row.place !== undefined && times(call, row, row.place)),
    ...(keepsSlot && { slot: [{ reference: `Slot/${row.slotId}` }] }),
    ...(row.comment !== undefined && { comment: row.comment }),
    ...(row.place !== undefined && { patientInstruction: 'Please come ten minutes early.' }),
    participant: participants(call, row),
    ...(row.requested !== undefined && {
      requestedPeriod: [{ start: row.requested.start, end: row.requested.end }],
    }),
  };
}

/** Whether the API may cancel or move it. */
function isChangeable({ status, group }: Appointment): boolean {
  return group === undefined && (status === 'booked' || status === 'proposed');
}

function extensions(row: Appointment): object[] {
  return [
    { url: `${EXTENSION}/is-cancelable`, valueBoolean: isChangeable(row) },
    { url: `${EXTENSION}/is-reschedulable`, valueBoolean: isChangeable(row) && row.status === 'booked' },
    ...(row.actionComment === undefined
      ? []
      : [{ url: `${EXTENSION}/action-comment`, valueString: row.actionComment }]),
    ...(row.group === undefined
      ? []
      : [{ url: `${EXTENSION}/group-appointment-id`, valueString: row.group }]),
    ...(row.rescheduleReason === undefined
      ? []
      : [{ url: `${EXTENSION}/reschedule-reason`, valueCodeableConcept: row.rescheduleReason }]),
  ];
}

function times({ settings }: ClinicCall, { id }: Appointment, { start, end }: Span): object {
  return {
    start: instantOnWire(start, settings, id),
    end: instantOnWire(end, settings, id),
    minutesDuration: (end - start) / 60_000,
  };
}

/** Code 0 without a display where Millennium knows no better. */
function reasonOnWire({ clinic }: ClinicCall, { cancelationReason: reason }: Appointment): object {
  const system = codeSet(clinic, CANCELLATION_REASONS);
  if (reason === undefined || reason.system !== system) {
    const given = reason === undefined ? [] : [{ ...reason, userSelected: false }];
    return { coding: [{ system, code: '0', userSelected: true }, ...given] };
  }
  return { coding: [{ ...reason, display: 'Cancelled', userSelected: true }], text: 'Cancelled' };
}

/** A coded value that is missing stands as an extension inside a coding without a code. */
function serviceCategory({ clinic }: ClinicCall, row: Appointment): object {
  if (row.place === undefined) {
    const url = 'http://hl7.org/fhir/StructureDefinition/data-absent-reason';
    return { coding: [{ extension: [{ url, valueCode: 'unknown' }] }] };
  }
  const system = codeSet(clinic, SERVICE_CATEGORIES);
  return {
    coding: [{ system, code: '22', display: 'Outpatient', userSelected: true }],
    text: 'Outpatient',
  };
}

function serviceType(call: ClinicCall, row: Appointment): object {
  const type = typeOf(call, row);
  if (row.requested !== undefined && row.place === undefined) return row.requested.serviceType;
  if (type === undefined)
    return { coding: [{ system: codeSet(call.clinic, APPOINTMENT_TYPES), code: row.type }] };
  return serviceTypeOnWire(call.clinic, type, call.caller.persona === 'patient');
}

function typeOf({ clinic }: ClinicCall, row: Appointment) {
  return clinic.appointmentTypes.find(({ code }) => code === row.type);
}

/** Patient, location, and what is booked: a practitioner, or a room of which only the display is known. */
function participants(call: ClinicCall, row: Appointment): object[] {
  const { clinic } = call;
  const type = (code: string, display: string) => ({
    system: codeSet(clinic, PARTICIPANT_TYPES),
    code,
    display,
    userSelected: true,
  });
  const patient = call.db.table('patients').get(row.patientId);
  const status = row.place === undefined ? 'needs-action' : 'accepted';
  const locations = row.place === undefined ? (row.requested?.locations ?? []) : [row.place.location];
  const resource = clinic.resources.find(({ key }) => key === row.place?.resource);
  const performer = { system: PARTICIPATION_TYPE, code: 'PPRF', display: 'primary performer' };
  return [
    {
      type: [{ coding: [type('4572', 'Patient')], text: 'Patient' }],
      actor: {
        reference: `Patient/${row.patientId}`,
        ...(patient !== undefined && { display: displayName(patient) }),
      },
      required: 'required',
      status: row.patientStatus,
    },
    ...locations.map((id) => ({
      actor: {
        reference: `Location/${id}`,
        display: clinic.locations.find((place) => place.id === id)?.name ?? id,
      },
      required: 'required',
      status,
    })),
    ...(resource === undefined ? [] : [resource]).map(({ practitioner, display }) => ({
      type: [
        {
          coding: [
            type('4574', 'Resource'),
            ...(practitioner === undefined ? [] : [{ ...performer, userSelected: false }]),
          ],
          text: 'Resource',
        },
      ],
      actor:
        practitioner === undefined ? { display } : { reference: `Practitioner/${practitioner}`, display },
      required: 'required',
      status,
    })),
    ...(row.video === true
      ? [{ actor: { reference: '#28', display: 'Video Visit' }, required: 'required', status }]
      : []),
  ];
}

const videoVisit = {
  resourceType: 'HealthcareService',
  id: '28',
  type: [{ text: 'Video Visit' }],
  telecom: [{ system: 'url', value: 'https://video.example.org/harbor' }],
};
