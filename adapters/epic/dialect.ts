import { addDays } from '#adapter-kit/index.ts';
import { baseDialect, type FhirDialect } from '../fhir-r4/index.ts';
import { capabilitiesWith } from './capabilities.ts';
import { withCreated } from './map/appointment.ts';
import { r4, routes } from './routes.ts';
import { asFhirSettings, settings } from './settings.ts';

/** Epic's R4, which is read only: appointments and patients. */
export const dialect: FhirDialect = {
  ...baseDialect,
  base: r4,
  routes,
  settings: asFhirSettings,
  can: () => capabilitiesWith(settings.parse({})),
  queries: {
    ...baseDialect.queries,
    // Whole days, a day more at either end: nobody says in which zone Epic reads a date. The window is cut out here.
    appointments: (patient, { from, to }) => ({
      patient,
      date: [`ge${addDays(from.slice(0, 10), -1)}`, `le${addDays(to.slice(0, 10), 1)}`],
      // Visits, not surgery: what a surgical case says is clinical.
      'service-category': 'appointment',
    }),
  },
  directory: 'settings',
  amend: withCreated,
};
