import type { BearerToken, EmrAnswer, EmrRequest } from '#simulator-kit/index.ts';
import { outcomeAnswer, unauthorized } from './answer.ts';
import type { Practice } from './practice-plan.ts';
import { STATIC_SCOPES } from './scopes.ts';
import type { Settings } from './settings.ts';
import type { Access, Bearer, EpicScene } from './tables.ts';

/** The bearer of a good token, undefined for any other. `staticToken` is good at all times, with every scheduling scope. */
export function bearerOf(
  practice: Practice,
  scene: EpicScene,
  request: EmrRequest,
  staticToken: string | undefined,
): Bearer | undefined {
  const sent = request.headers.authorization;
  if (staticToken !== undefined && sent === `Bearer ${staticToken}`)
    return { scopes: STATIC_SCOPES, patient: undefined, backend: false };
  const token = scene.token(request);
  if (token === undefined) return undefined;
  return {
    scopes: token.scopes,
    patient: patientOf(practice, token),
    backend: token.grantType === 'client_credentials',
  };
}

/** Why this request stops here: 401 without a good token, 403 without what the token would need. */
export function objectionTo(
  scene: EpicScene,
  request: EmrRequest,
  access: Access,
  bearer: Bearer | undefined,
): EmrAnswer | undefined {
  if (access === 'open') return undefined;
  if (bearer === undefined) return unauthorized;
  const mapped = !bearer.backend || scene.settings.backendUserMapped;
  if (mapped && mayDo(scene.settings, bearer.scopes, access)) return undefined;
  return outcomeAnswer(request, scene.settings, 403, [{ code: '4118' }]);
}

/** Is this patient's record open to the bearer? */
export function maySee(bearer: Bearer, patient: string): boolean {
  return bearer.patient === undefined || bearer.patient === patient;
}

/** The FHIR id of the patient who signed in; undefined for staff and for backend apps. */
export function patientOf(practice: Practice, { subject }: Pick<BearerToken, 'subject'>): string | undefined {
  return practice.patients.find(({ id }) => id === subject)?.id;
}

function mayDo(settings: Settings, scopes: ReadonlySet<string>, access: Exclude<Access, 'open'>): boolean {
  if (access === 'token') return true;
  if (access === '$find' || access === '$book') {
    if (!(access === '$find' ? settings.findTicked : settings.bookTicked)) return false;
    if (settings.operationScope === 'none') return true;
    return allows(scopes, 'Appointment', settings.operationScope === 'appointment-read' ? 'r' : 'c');
  }
  const [type = '', letter = ''] = access.split('.');
  return allows(scopes, type, letter);
}

/** SMART App Launch 2.2 §3.0.3: v1 `read` is `rs`, `write` is `cud`; v2 letters stand in the order of `cruds`. */
export function allows(scopes: ReadonlySet<string>, type: string, letter: string): boolean {
  return [...scopes].some((scope) => {
    const match = /^(?:patient|user|system)\/(\*|[A-Za-z]+)\.(read|write|\*|c?r?u?d?s?)(?:\?|$)/.exec(scope);
    if (match === null || (match[1] !== '*' && match[1] !== type)) return false;
    const letters = { read: 'rs', write: 'cud', '*': 'cruds' }[match[2] ?? ''] ?? match[2] ?? '';
    return letters.includes(letter);
  });
}
