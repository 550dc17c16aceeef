import { Refusal } from '#simulator-kit/index.ts';
import { fhir } from '../outcome.ts';
import { names } from '../settings.ts';
import type { ClinicScene } from '../tables.ts';

/** A stored record that lacks a mandatory field fails the whole answer it would be part of. */
export function completeOrFail({ settings }: ClinicScene, type: string, id: string): void {
  if (settings.incompleteRecords === '' || !names(settings.incompleteRecords, id)) return;
  const issue = [{ severity: 'fatal', code: 'required', location: [`/f:${type}/f:status`] }];
  throw new Refusal(fhir(500, { resourceType: 'OperationOutcome', issue }));
}
