import { randomUUID } from 'node:crypto';
import { type EmrAnswer, type EmrRequest, Refusal } from '#simulator-kit/index.ts';
import { API_SCOPE } from './authorization.ts';
import { errorAnswer, forbidden, gatewayAnswer } from './error.ts';
import { overLimit, type Quota } from './quota.ts';
import { UNREGISTERED } from './routes/appointment-reads.ts';
import { names } from './settings.ts';
import type { AthenaScene } from './tables.ts';

/** A bearer that is good without the authorization server, for tests. */
export interface StaticToken {
  readonly token: string;
  readonly clientId: string;
}

/** Token, quota and practice, before any operation is looked at. */
export function admit(
  scene: AthenaScene,
  request: EmrRequest,
  caller: Caller | undefined,
  quota: Quota,
): EmrAnswer | undefined {
  const { practice, settings, now } = scene;
  const [, root, practiceId] = request.path.split('/');
  if (root !== 'v1') return gatewayAnswer(404, UNREGISTERED);
  if (caller === undefined) return gatewayAnswer(401, '<h1>Developer Inactive</h1>');
  const { clientId } = caller;
  if (!quota.take(clientId, now, settings)) return overLimit(settings);
  if (!caller.scopes.has(API_SCOPE)) return forbidden();
  if (practiceId !== practice.practiceId)
    return errorAnswer(404, 'Invalid practice.', { detailedmessage: 'The practice ID does not exist.' });
  if (!settings.practiceAccess)
    return errorAnswer(401, 'Incorrect permissions.', { detailedmessage: 'Bad auth.' });
  return undefined;
}

export interface Caller {
  readonly clientId: string;
  readonly scopes: ReadonlySet<string>;
}

/** Operations that need a switch which nobody has turned on. */
export function permit({ settings }: AthenaScene, verb: string, template: string): EmrAnswer | undefined {
  return names(settings.forbiddenOperations, `${verb} ${template}`) ? forbidden() : undefined;
}

/** Does it, with the headers that every answer has; a refusal gets them too. */
export function withHeaders(
  { now, settings }: AthenaScene,
  request: EmrRequest,
  caller: Caller | undefined,
  quota: Quota,
  perform: () => EmrAnswer,
): EmrAnswer {
  const dressed = (answer: EmrAnswer): EmrAnswer => ({
    ...answer,
    headers: {
      'x-request-id': request.headers['x-request-id'] ?? randomUUID(),
      ...(caller !== undefined && {
        'x-ratelimit-limit': String(settings.callsPerDay),
        'x-ratelimit-remaining': String(quota.left(caller.clientId, now, settings)),
      }),
      ...answer.headers,
    },
  });
  try {
    return dressed(perform());
  } catch (error) {
    throw error instanceof Refusal ? new Refusal(dressed(error.answer)) : error;
  }
}
