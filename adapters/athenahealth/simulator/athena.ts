import type {
  EmrAnswer,
  EmrRequest,
  EmrRoute,
  Emulation,
  RegisteredClient,
  Scene,
} from '#simulator-kit/index.ts';
import { admit, type Caller, permit, type StaticToken, withHeaders } from './admission.ts';
import { API_SCOPE, authorizationServer } from './authorization.ts';
import { gatewayAnswer, kitError, texts } from './error.ts';
import { faults, playFault } from './faults.ts';
import { readParameters } from './parameters.ts';
import type { PracticePlan } from './practice-plan.ts';
import { openQuota, overLimit } from './quota.ts';
import { appointmentReads, bookedMethods, UNREGISTERED } from './routes/appointment-reads.ts';
import { appointmentWrites } from './routes/appointment-writes.ts';
import { changeMethods } from './routes/changes.ts';
import { directoryMethods } from './routes/directory.ts';
import { noteMethods } from './routes/notes.ts';
import { openSlotMethods } from './routes/open-slots.ts';
import { patientMethods } from './routes/patients.ts';
import { seedPractice } from './seed.ts';
import { type Settings, settings } from './settings.ts';
import { actAsStaff } from './staff.ts';
import type { AthenaScene, Method, Tables } from './tables.ts';

/** The API of athenaOne (`/v1/{practiceid}`) for one practice, as `startSimulator` takes it. */
export function athena(practice: PracticePlan, options: AthenaOptions): Emulation<Tables, Settings> {
  const { staticTokens, clients } = options;
  const quota = openQuota();
  const callerOf = (scene: Scene<Tables, Settings>, request: EmrRequest): Caller | undefined =>
    scene.token(request) ?? staticCaller(staticTokens, request);
  const here = (scene: Scene<Tables, Settings>, caller?: Caller): AthenaScene => ({
    ...scene,
    practice,
    clientId: caller?.clientId ?? '',
  });
  const dressed = (
    scene: Scene<Tables, Settings>,
    request: EmrRequest,
    perform: (scene: AthenaScene, caller: Caller | undefined) => EmrAnswer,
  ): EmrAnswer => {
    const caller = callerOf(scene, request);
    const own = here(scene, caller);
    return withHeaders(own, request, caller, quota, () => perform(own, caller));
  };
  const route = ({ verb, template, effect, handle }: Method): EmrRoute<Tables, Settings> => ({
    method: verb,
    template,
    effect: effect ?? (verb === 'GET' ? 'read' : 'write'),
    handle: (call) =>
      dressed(call, call.request, (scene) =>
        playFault(
          scene,
          () =>
            permit(scene, verb, template) ??
            handle({ ...call, ...scene, parameters: readParameters(call.request) }),
        ),
      ),
  });
  return {
    emr: 'athenahealth',
    office: practice.name,
    timeZone: practice.timeZone,
    basePath: `/v1/${practice.practiceId}`,
    routes: methods.map(route),
    admit(scene, request) {
      let stopped: EmrAnswer | undefined;
      const answer = dressed(scene, request, (own, caller) => {
        stopped = admit(own, request, caller, quota);
        return stopped ?? { status: 200 };
      });
      return stopped === undefined ? undefined : answer;
    },
    unknown: (scene, request) => dressed(scene, request, () => gatewayAnswer(404, UNREGISTERED)),
    // Nobody is made to wait: who is too fast is turned away.
    pace: () => undefined,
    throttled: (_seconds, values) => overLimit(values),
    seed(scene) {
      quota.forget();
      // Whatever the practice is set to, it begins alike.
      seedPractice({ ...here(scene), settings: settings.parse({}) });
    },
    staff: (scene, action) => actAsStaff(here(scene), action),
    settings,
    error: (status, text) => kitError(status, text),
    texts,
    faults,
    authorizationServer: (values) => authorizationServer(practice, clients, values),
  };
}

export interface AthenaOptions {
  /** Tokens that are admitted beside those of the authorization server. */
  readonly staticTokens: readonly StaticToken[];
  readonly clients: readonly RegisteredClient[];
}

/** First match wins: words before ids. */
const methods: readonly Method[] = [
  ...openSlotMethods,
  ...bookedMethods,
  ...changeMethods,
  ...patientMethods,
  ...directoryMethods,
  ...appointmentReads,
  ...appointmentWrites,
  ...noteMethods,
];

function staticCaller(tokens: readonly StaticToken[], { headers }: EmrRequest): Caller | undefined {
  const [, value] = headers.authorization?.match(/^Bearer (\S+)$/i) ?? [];
  const token = tokens.find((one) => one.token === value);
  return token && { clientId: token.clientId, scopes: new Set([API_SCOPE]) };
}
