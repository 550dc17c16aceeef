import type { Capabilities } from '#adapter-kit/index.ts';
import { capabilitiesWith, type FhirSettings } from '../fhir-r4/index.ts';
import { refusals } from './map/issue.ts';

/** As a FHIR server that is booked by slot, with Oracle Health's own refusals and pace. */
export function can(settings: FhirSettings): Capabilities {
  return {
    ...capabilitiesWith(settings),
    // Where nothing may be written, nothing is held.
    hold: settings.booking === 'none' ? 'gateway' : 'native',
    refusals,
    // No limit is published, and no 429.
    pace: { gapMs: 100, concurrent: 2 },
  };
}
