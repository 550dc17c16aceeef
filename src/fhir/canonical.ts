/**
 * Canonical addresses of what `fhir-profiles/` defines. They are names, not places: nothing is fetched from them.
 */
export const canonicalRoot = 'https://postern.health/fhir';

export const profile = {
  slot: `${canonicalRoot}/StructureDefinition/postern-slot`,
  schedule: `${canonicalRoot}/StructureDefinition/postern-schedule`,
  appointment: `${canonicalRoot}/StructureDefinition/postern-appointment`,
  proposedAppointment: `${canonicalRoot}/StructureDefinition/postern-proposed-appointment`,
  heldAppointment: `${canonicalRoot}/StructureDefinition/postern-held-appointment`,
  patient: `${canonicalRoot}/StructureDefinition/postern-patient`,
  practitioner: `${canonicalRoot}/StructureDefinition/postern-practitioner`,
  practitionerRole: `${canonicalRoot}/StructureDefinition/postern-practitioner-role`,
  location: `${canonicalRoot}/StructureDefinition/postern-location`,
  healthcareService: `${canonicalRoot}/StructureDefinition/postern-healthcare-service`,
  searchset: `${canonicalRoot}/StructureDefinition/postern-searchset`,
  operationStatus: `${canonicalRoot}/StructureDefinition/postern-operation-status`,
  operationOutcome: `${canonicalRoot}/StructureDefinition/postern-operation-outcome`,
  /** IHE ITI Scheduling 1.0, "IHE ITI Appointment Profile". */
  iheAppointment: 'https://profiles.ihe.net/ITI/Scheduling/StructureDefinition/ihe-sched-appt',
  /** IHE ITI Scheduling 1.0, "IHE ITI Scheduling Bundle Profile". */
  iheBundle: 'https://profiles.ihe.net/ITI/Scheduling/StructureDefinition/ihe-sched-avail-bundle',
} as const;

export const extension = {
  /** Instant until which a held time is kept. */
  holdExpires: `${canonicalRoot}/StructureDefinition/hold-expires`,
  /** `gateway`: kept by this gateway alone. `native`: the EMR keeps it too. */
  holdKind: `${canonicalRoot}/StructureDefinition/hold-kind`,
  /** `off`, `queue_only` or `live`: what happens to a booking at this practice. */
  bookingMode: `${canonicalRoot}/StructureDefinition/booking-mode`,
  /** `sandbox` or `live`. */
  practiceMode: `${canonicalRoot}/StructureDefinition/practice-mode`,
  /** IANA time zone of the one described (FHIR R4 extension registry). */
  timeZone: 'http://hl7.org/fhir/StructureDefinition/timezone',
  /** A Slot that could be booked instead of the one that was refused. */
  alternative: `${canonicalRoot}/StructureDefinition/alternative`,
  /** How sure a patient match is (FHIR R4 Patient/$match). */
  matchGrade: 'http://hl7.org/fhir/StructureDefinition/match-grade',
} as const;

export const codeSystem = {
  /** Codes of `src/domain/failure.ts`. */
  failure: `${canonicalRoot}/CodeSystem/failure`,
  /** How far an operation that was not finished at once has come. */
  progress: `${canonicalRoot}/CodeSystem/progress`,
  /** Visit types, each practice its own; see HealthcareService. */
  visitType: `${canonicalRoot}/CodeSystem/visit-type`,
  cancellationReason: 'http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason',
} as const;

export const operationDefinition = {
  find: `${canonicalRoot}/OperationDefinition/appointment-find`,
  hold: `${canonicalRoot}/OperationDefinition/appointment-hold`,
  book: `${canonicalRoot}/OperationDefinition/appointment-book`,
  match: `${canonicalRoot}/OperationDefinition/patient-match`,
} as const;
