import { z } from '#adapter-kit/index.ts';
import {
  baseDialect,
  capabilitiesWith,
  type FhirDialect,
  fhirRoute,
  fhirSettings,
} from '../../../../../adapters/fhir-r4/index.ts';

// It books by naming a free slot; the other ways of booking, and creating patients, are left out of the table.
const { findTimes, bookTime, bookSlotOnce, createPatient, ...routes } = fhirRoute.fhirRoutes('');

/**
 * All in which this server differs from what FHIR R4 says; every member has a docstring in fhir-r4/dialect.ts. Replace
 * one for each difference that the vendor's pages name.
 */
export const dialect: FhirDialect = {
  ...baseDialect,
  base: '',
  routes,
  // What every server of this vendor can do need not be asked of the practice.
  settings: fhirSettings.extend({
    booking: z.enum(['none', 'slot-reference', 'operations', 'conditional-create']).default('slot-reference'),
    patch: z.boolean().default(true),
  }),
  can: (settings) => ({
    ...capabilitiesWith(settings),
    createPatient: false,
    // A write that has not been answered is taken as not done after this time. Too long is safe, too short is not.
    quietSeconds: 120,
    pace: { gapMs: 0, concurrent: 4 },
  }),
};
