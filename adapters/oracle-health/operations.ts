import { type AdapterContext, type Operations, unsupported } from '#adapter-kit/index.ts';
import { createFhirOperations, learnedFrom, readStatement, versionIn } from '../fhir-r4/index.ts';
import { dialect } from './dialect.ts';
import { hold, release } from './hold.ts';

/** As every FHIR server is asked; only what the probe learns is of another kind, and a slot can be held. */
export const operations: Operations = {
  ...createFhirOperations(dialect),
  probe,
  hold,
  release,
  createPatient: unsupported,
  changes: unsupported,
};

/** Which product answers, whether it knows us, and whether this host lets us write. */
async function probe(ctx: AdapterContext) {
  const statement = await readStatement(dialect, ctx);
  const { booking, patch } = learnedFrom(statement, { conditionalCreateProven: false });
  const readOnly = booking === 'none' || !patch;
  return { version: versionIn(statement), settings: { readOnly } };
}
