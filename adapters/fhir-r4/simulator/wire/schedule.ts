import { instantAfter } from '#simulator-kit/index.ts';
import { type ClinicPlan, type SchedulePlan, SERVICE_TYPES } from '../clinic-plan.ts';
import { PLANNED_AT, type SlotState } from '../slot-book.ts';
import type { ClinicCall } from '../tables.ts';
import type { PlannedSlot } from '../weekly-schedule.ts';
import type { FhirResource } from './fhir-resource.ts';
import { metaOf } from './version.ts';

export function scheduleOnWire({ clinic, settings }: ClinicCall, schedule: SchedulePlan): FhirResource {
  return {
    resourceType: 'Schedule',
    id: schedule.id,
    meta: metaOf(1, PLANNED_AT, settings),
    active: schedule.active !== false,
    serviceType: serviceTypes(clinic, schedule),
    actor: schedule.actors.map((reference) => ({ reference })),
    comment: 'Made from the weekly plan.',
  };
}

export function slotOnWire(call: ClinicCall, slot: PlannedSlot, state: SlotState): FhirResource {
  const { clinic, settings } = call;
  const local = (at: number): string => instantAfter(new Date(at).toISOString(), 0, clinic.timeZone);
  return {
    resourceType: 'Slot',
    id: slot.id,
    meta: metaOf(state.version, state.lastUpdated, settings),
    serviceType: serviceTypes(clinic, slot.schedule),
    schedule: { reference: `Schedule/${slot.schedule.id}` },
    status: state.status,
    start: local(slot.start),
    end: local(slot.end),
  };
}

function serviceTypes({ services }: ClinicPlan, schedule: SchedulePlan): readonly object[] {
  return services
    .filter(({ code }) => schedule.services.includes(code))
    .map(({ code, name }) => ({ coding: [{ system: SERVICE_TYPES, code, display: name }], text: name }));
}
