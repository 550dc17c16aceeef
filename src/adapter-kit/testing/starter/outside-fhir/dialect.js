/** @typedef {import('postern/kit').Kit} Kit */
/** @typedef {import('postern/fhir').FhirDialect} FhirDialect */

/**
 * All in which this server differs from what FHIR R4 says; every member has a docstring in adapters/fhir-r4/dialect.ts.
 * Replace one for each difference that the vendor's pages name.
 *
 * @param {Kit} kit
 * @returns {FhirDialect}
 */
export function createDialect({ fhir, z }) {
  const { baseDialect, fhirSettings } = fhir;
  // It books by naming a free slot; the other ways of booking, and creating patients, are left out of the table.
  const { findTimes, bookTime, bookSlotOnce, createPatient, ...routes } = fhir.fhirRoute.fhirRoutes('');
  return {
    ...baseDialect,
    base: '',
    routes,
    // What every server of this vendor can do need not be asked of the practice.
    settings: fhirSettings.extend({
      booking: z
        .enum(['none', 'slot-reference', 'operations', 'conditional-create'])
        .default('slot-reference'),
      patch: z.boolean().default(true),
    }),
    can: (settings) => ({
      ...fhir.capabilitiesWith(settings),
      createPatient: false,
      // A write that has not been answered is taken as not done after this time. Too long is safe, too short is not.
      quietSeconds: 120,
      pace: { gapMs: 0, concurrent: 4 },
    }),
  };
}
