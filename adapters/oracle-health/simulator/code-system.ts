import type { ClinicPlan } from './clinic-plan.ts';

/** Systems of Millennium's own codes and of the standards beside them. */
export function codeSet(clinic: ClinicPlan, number: number): string {
  return `https://fhir.cerner.com/${clinic.tenant}/codeSet/${number}`;
}

export const APPOINTMENT_TYPES = 14249;
export const CANCELLATION_REASONS = 14229;
export const PARTICIPANT_TYPES = 14250;
export const SERVICE_CATEGORIES = 16127;

export const SNOMED = 'http://snomed.info/sct';
export const CANCELLATION_REASON = 'http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason';
export const PARTICIPATION_TYPE = 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType';

/** Root of Millennium's own extensions. */
export const EXTENSION = 'https://fhir-ehr.cerner.com/r4/StructureDefinition';

/** Codes of {@link CANCELLATION_REASON}. */
export const STANDARD_REASONS: ReadonlySet<string> = new Set(
  `pat pat-crs pat-cpp pat-dec pat-fb pat-lt pat-mt pat-mv pat-preg pat-swl pat-ucp prov prov-pers prov-dch prov-edu
   prov-hosp prov-labs prov-mri prov-onc maint meds-inc other oth-cms oth-err oth-fin oth-iv oth-int oth-mu oth-room
   oth-oerr oth-swie oth-weath`.split(/\s+/),
);
