import type { AppointmentType, ClinicPlan } from '../clinic-plan.ts';
import { APPOINTMENT_TYPES, codeSet, EXTENSION, SNOMED } from '../code-system.ts';
import type { SlotState } from '../slot-book.ts';
import type { ClinicCall } from '../tables.ts';
import type { PlannedSlot } from '../weekly-schedule.ts';
import type { FhirResource } from './fhir-resource.ts';
import { instantOnWire } from './instant.ts';

/** A Slot names its location in an extension; its practitioner is in the Schedule. */
export function slotOnWire(call: ClinicCall, slot: PlannedSlot, state: SlotState): FhirResource {
  const { clinic, settings } = call;
  const { id, location, resource, type } = slot;
  const general = { url: `${EXTENSION}/general-resource`, valueString: resource.display };
  return {
    resourceType: 'Slot',
    id,
    meta: { versionId: state.version, lastUpdated: instantOnWire(state.lastUpdated, settings, '2') },
    extension: [
      {
        url: `${EXTENSION}/scheduling-location`,
        valueReference: { reference: `Location/${location.id}` },
      },
      ...(resource.practitioner === undefined ? [general] : []),
    ],
    serviceType: [serviceTypeOnWire(clinic, type, call.caller.persona === 'patient')],
    schedule: { reference: `Schedule/${id}` },
    status: state.status,
    start: instantOnWire(slot.start, settings, '2'),
    end: instantOnWire(slot.end, settings, '2'),
  };
}

/** A Schedule has the id of its slot, the actor, and no planning horizon. */
export function scheduleOnWire(call: ClinicCall, { id, resource, type }: PlannedSlot): FhirResource {
  const { display, practitioner } = resource;
  const actor =
    practitioner === undefined ? { display } : { reference: `Practitioner/${practitioner}`, display };
  return {
    resourceType: 'Schedule',
    id,
    meta: { versionId: '0', lastUpdated: '2026-01-05T13:00:00Z' },
    active: true,
    serviceType: [serviceTypeOnWire(call.clinic, type, call.caller.persona === 'patient')],
    actor: [actor],
  };
}

/** Patients get friendlier words. */
export function serviceTypeOnWire(clinic: ClinicPlan, type: AppointmentType, forPatient: boolean): object {
  const display = forPatient ? type.patientDisplay : type.display;
  const system = codeSet(clinic, APPOINTMENT_TYPES);
  return {
    coding: [
      { system, code: type.code, display, userSelected: true },
      { system: SNOMED, ...type.snomed, userSelected: false },
    ],
    text: display,
  };
}
