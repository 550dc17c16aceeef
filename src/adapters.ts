import type { Adapter } from '#adapter-kit/adapter.ts';
import { epic } from '../adapters/epic/index.ts';
import { fhirR4 } from '../adapters/fhir-r4/index.ts';
import { openDental } from '../adapters/open-dental/index.ts';
import { oracleHealth } from '../adapters/oracle-health/index.ts';

/** The adapters this gateway is built with; a practice's connection names one by its id. */
export const adapters: readonly Adapter[] = [openDental, fhirR4, epic, oracleHealth];
