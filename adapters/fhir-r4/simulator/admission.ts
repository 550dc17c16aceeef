import type { EmrAnswer, EmrRequest } from '#simulator-kit/index.ts';
import { basePath } from './base.ts';
import { outcome } from './outcome.ts';
import { allows, type Caller, type Interaction } from './scope.ts';
import type { ClinicScene } from './tables.ts';

/** A bearer that is admitted without an authorization server, for tests. */
export interface Bearer extends Caller {
  readonly token: string;
}

/** Undefined for a caller whose token is missing, unknown or expired. */
export type Identify = (scene: ClinicScene, request: EmrRequest) => Caller | undefined;

/** Address, media type and token, before any resource is looked at. */
export function admit(scene: ClinicScene, request: EmrRequest, who: Identify): EmrAnswer | undefined {
  const { path } = request;
  if (!path.startsWith(`${basePath}/`)) return unknownResource();
  const [, , first = '', second] = path.split('/');
  // Discovery answers JSON whatever was asked for (SMART App Launch 2.2).
  if (first === '.well-known') return second === 'smart-configuration' ? undefined : unknownResource();
  if (!wantsJson(request)) return outcome(406, 'not-supported', 'Only JSON is served.');
  if (first === 'metadata') return undefined;
  if (who(scene, request) !== undefined) return undefined;
  return unauthorized();
}

export function unauthorized(): EmrAnswer {
  const challenge = { 'www-authenticate': 'Bearer error="invalid_token"' };
  return outcome(401, 'login', 'There is no token, or it is not good.', challenge);
}

/** What a token may not do. */
export function permit(caller: Caller, type: string, needs: Interaction): EmrAnswer | undefined {
  if (allows(caller, type, needs)) return undefined;
  const challenge = { 'www-authenticate': 'Bearer error="insufficient_scope"' };
  return outcome(403, 'forbidden', 'The scopes of the token do not allow this.', challenge);
}

/** A path that no interaction fits. */
export function unknown(request: EmrRequest, offered: ReadonlySet<string>): EmrAnswer {
  const [, , type = ''] = request.path.split('/');
  if (offered.has(type)) return outcome(405, 'not-supported', 'This interaction is not offered.');
  return unknownResource();
}

function unknownResource(): EmrAnswer {
  return outcome(404, 'not-found', 'There is nothing at this address.');
}

function wantsJson({ headers, query }: EmrRequest): boolean {
  const wanted = query.get('_format') ?? headers.accept ?? '*/*';
  return wanted
    .split(',')
    .map((range) => range.split(';'))
    .filter(([, ...parameters]) => !parameters.some((each) => /^\s*q=0(\.0*)?\s*$/.test(each)))
    .some(([type = '']) => JSON_TYPES.has(type.trim().toLowerCase()));
}

const JSON_TYPES: ReadonlySet<string> = new Set([
  '*/*',
  'application/*',
  'application/json',
  'application/fhir+json',
  'json',
]);
