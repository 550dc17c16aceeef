import { Failure } from '#domain/failure.ts';
import { type Demographics, readDemographics } from './demographics.ts';
import { readResource } from './incoming.ts';
import { boolean, integer, readInputs, refuseOthers, resource, resourcePath } from './parameters.ts';

export interface MatchInput {
  readonly demographics: Demographics;
  readonly onlyCertainMatches: boolean;
  readonly count?: number;
}

/**
 * Reads `Patient/$match` (FHIR R4 Patient "find matches"): Parameters with `resource`, `onlyCertainMatches`, `count`,
 * or a Patient by itself.
 *
 * @throws Failure `missing-element`, `malformed-resource`, `patient-incomplete`, `invalid-value`, `unknown-parameter`
 */
export function readMatch(body: unknown): MatchInput {
  const inputs = readInputs({ body }, { type: 'Patient', name: 'resource' });
  refuseOthers(inputs, new Set(['resource', 'onlyCertainMatches', 'count']));
  const described = inputs.find(({ name }) => name === 'resource');
  if (described === undefined) throw new Failure('missing-element', { expression: 'resource' });
  const certain = inputs.find(({ name }) => name === 'onlyCertainMatches');
  const count = inputs.find(({ name }) => name === 'count');
  return {
    demographics: readDemographics(resource(described, 'Patient'), resourcePath(described)),
    onlyCertainMatches: certain !== undefined && boolean(certain),
    ...(count !== undefined && { count: integer(count) }),
  };
}

/** Reads a plain `POST Patient`: the minimum is taken, the rest dropped. @throws as {@link readMatch} */
export function readPatientCreate(body: unknown): Demographics {
  return readDemographics(readResource(body, 'Patient'));
}
