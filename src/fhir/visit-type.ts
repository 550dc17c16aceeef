import type { CodeableConcept } from '@medplum/fhirtypes';
import { codeSystem } from './canonical.ts';

/** What a visit is for, in the practice's own code. */
export interface VisitTypeCode {
  readonly code: string;
  readonly display: string;
}

/** `Slot.serviceType`, `Appointment.serviceType`, `HealthcareService.type`. */
export function visitTypeConcept({ code, display }: VisitTypeCode): CodeableConcept {
  return { coding: [{ system: codeSystem.visitType, code, display }], text: display };
}
