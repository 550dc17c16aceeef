import { defineAdapter, unsupported } from '#adapter-kit/index.ts';
import { openings, verify } from './availability.ts';
import { appointmentsOf, book, cancel, move, read } from './booking.ts';
import { capabilities } from './capabilities.ts';
import { directory, probe } from './directory.ts';
import { createPatient, matchPatients } from './patients.ts';
import { routes } from './routes.ts';
import { settings } from './settings.ts';

/** Open Dental by its remote API, https://api.opendental.com/api/v1. See README.md for what is kept and what is lost. */
export const openDental = defineAdapter({
  id: 'open-dental',
  title: 'Open Dental',
  authorization: {
    kind: 'api-key',
    header: 'Authorization',
    format: 'ODFHIR {developerKey}/{customerKey}',
    secrets: {
      developerKey: {
        title: 'Developer key of the Open Dental developer portal',
        of: 'operator',
      },
      customerKey: {
        title: 'Customer key, pasted in Open Dental under Setup > Advanced Setup > API',
        of: 'practice',
      },
    },
  },
  settings,
  capabilities,
  routes,
  operations: {
    probe,
    directory,
    openings,
    verify,
    hold: unsupported,
    release: unsupported,
    book,
    move,
    cancel,
    read,
    appointmentsOf,
    matchPatients,
    createPatient,
    changes: unsupported,
  },
});
