import type { EmrAnswer, EmrRequest } from '#simulator-kit/index.ts';
import { empty, outcome } from './outcome.ts';
import { allows, type Caller, type Interaction } from './scope.ts';
import { names } from './settings.ts';
import type { ClinicScene } from './tables.ts';

/** A bearer that is admitted without an authorization server, for tests. */
export interface Bearer extends Caller {
  readonly token: string;
}

/** Tenant, media type and token, before any resource is looked at. */
export function admit(scene: ClinicScene, request: EmrRequest, who: Identify): EmrAnswer | undefined {
  const [, root, tenant, first = '', second] = request.path.split('/');
  if (root !== 'r4') return outcome(404, 'not-found', 'Not Found');
  if (tenant !== scene.clinic.tenant || scene.settings.appDisabled)
    return outcome(403, 'forbidden', 'Tenant not valid or accessible');
  // Discovery answers JSON whatever was asked for.
  if (first === '.well-known') return second === 'smart-configuration' ? undefined : unknownResource();
  if (!wantsJson(request)) return empty(406);
  if (first === 'metadata') return undefined;
  if (who(scene, request) !== undefined) return undefined;
  const challenge = `Bearer realm="${scene.clinic.tenant}", error="invalid_token"`;
  return { ...outcome(401, 'login', 'Unauthorized'), ...withChallenge(challenge) };
}

/** Undefined for a caller whose token is missing, unknown or expired. */
export type Identify = (scene: ClinicScene, request: EmrRequest) => Caller | undefined;

/** What a token may not do, and what this tenant does not give to anybody. */
export function permit(
  scene: ClinicScene,
  caller: Caller,
  type: string,
  needs: Interaction,
): EmrAnswer | undefined {
  if (caller.persona === 'patient' && (needs === 'c' || needs === 'u'))
    return outcome(403, 'forbidden', 'The patient persona may not write.');
  if (!allows(caller, type, needs)) {
    const challenge = `Bearer realm="${scene.clinic.tenant}", error="insufficient_scope"`;
    return { ...outcome(403, 'forbidden', 'insufficient_scope'), ...withChallenge(challenge) };
  }
  if (names(scene.settings.forbiddenResources, type)) return outcome(403, 'forbidden', 'Forbidden');
  return undefined;
}

/** A path that no interaction fits. */
export function unknown(scene: ClinicScene, request: EmrRequest, offered: ReadonlySet<string>): EmrAnswer {
  const [, , , type = ''] = request.path.split('/');
  if (offered.has(type)) return outcome(405, 'not-supported', 'Method Not Allowed');
  // The real server has charts and money, for tokens other than ours.
  if (CLINICAL.has(type)) return permit(scene, NOBODY, type, 'r') ?? unknownResource();
  return unknownResource();
}

function unknownResource(): EmrAnswer {
  return outcome(404, 'not-found', 'Not Found');
}

function wantsJson({ headers, query }: EmrRequest): boolean {
  const format = query.get('_format');
  const wanted = format ?? headers.accept ?? '*/*';
  return wanted
    .split(',')
    .map((range) => range.split(';'))
    .filter(([, ...parameters]) => !parameters.some((each) => /^\s*q=0(\.0*)?\s*$/.test(each)))
    .some(([type = '']) => JSON_TYPES.has(type.trim().toLowerCase()));
}

function withChallenge(challenge: string): Pick<EmrAnswer, 'headers'> {
  const { headers = {} } = outcome(401, 'login', '');
  return { headers: { ...headers, 'www-authenticate': challenge } };
}

const NOBODY: Caller = { clientId: '', persona: 'system', scope: '' };

const JSON_TYPES: ReadonlySet<string> = new Set([
  '*/*',
  'application/*',
  'application/json',
  'application/fhir+json',
  'json',
]);

/** Resource types that exist there and are no part of scheduling. Here they are refusals only. */
const CLINICAL: ReadonlySet<string> = new Set(
  `Account AllergyIntolerance Binary CarePlan CareTeam ChargeItem Communication Condition Consent Coverage Device
   DiagnosticReport DocumentReference Encounter FamilyMemberHistory FinancialTransaction Goal Immunization
   InsurancePlan MedicationAdministration MedicationDispense MedicationRequest NutritionOrder Observation Person
   Procedure Provenance Questionnaire QuestionnaireResponse RelatedPerson ServiceRequest`.split(/\s+/),
);
