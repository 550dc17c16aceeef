import { documentsOf } from '../../fhir-r4/test/documents.ts';

/** README.md and CONNECT.md of this adapter. */
export const documents = documentsOf(import.meta.dirname);
