import type { EmrAnswer, EmrRequest, EmrRoute, Emulation, RegisteredClient } from '#simulator-kit/index.ts';
import { matchRoute } from '#simulator-kit/index.ts';
import { bearerOf, objectionTo } from './access.ts';
import { errorAnswer, notFoundPage, texts } from './answer.ts';
import { authorizationServer } from './authorization.ts';
import { ROOT } from './bundle.ts';
import type { Practice } from './practice-plan.ts';
import { appointmentReads } from './routes/appointments.ts';
import { bookOperation } from './routes/book.ts';
import { cancelService } from './routes/cancel-service.ts';
import { directoryReads } from './routes/directory.ts';
import { findOperation } from './routes/find.ts';
import { selfDescriptions } from './routes/metadata.ts';
import { patientReads } from './routes/patients.ts';
import { scheduleReads } from './routes/schedules.ts';
import { seedPractice } from './seed.ts';
import { type Settings, settings } from './settings.ts';
import { actAsStaff, admitPatient, withAdmitted } from './staff.ts';
import type { EpicScene, Interaction, Tables } from './tables.ts';

/** Who may come in. */
export interface Admission {
  /** Apps registered from the start. */
  readonly clients: readonly RegisteredClient[];
  /** A bearer that needs no authorization server. */
  readonly staticToken: string | undefined;
}

/** Epic (FHIR R4 and STU3 below `/interconnect-fhir-oauth`) for one practice, as `startSimulator` takes it. */
export function epic(practice: Practice, { clients, staticToken }: Admission): Emulation<Tables, Settings> {
  const routes = interactions.map(
    (interaction): EmrRoute<Tables, Settings> => ({
      method: interaction.verb,
      template: interaction.template,
      effect: interaction.effect,
      handle(call) {
        const { only, access } = interaction;
        if (only !== undefined && !call.settings[only]) return notFoundPage;
        const bearer = bearerOf(practice, call, call.request, staticToken);
        const objection = objectionTo(call, call.request, access, bearer);
        const today = withAdmitted(practice, call);
        return objection ?? interaction.handle({ ...call, practice: today, bearer: bearer ?? nobody });
      },
    }),
  );
  return {
    emr: 'epic',
    office: practice.name,
    timeZone: practice.timeZone,
    basePath: ROOT,
    routes,
    admit: () => undefined,
    unknown: (scene, request) => unknownPath(routes, scene, request),
    pace: () => undefined,
    seed: (scene) => seedPractice(practice, scene),
    staff: (scene, action) => actAsStaff(withAdmitted(practice, scene), scene, action),
    admitPatient,
    settings,
    error: errorAnswer,
    texts,
    authorizationServer: authorizationServer(practice, clients),
  };
}

const interactions: readonly Interaction[] = [
  ...selfDescriptions,
  findOperation,
  bookOperation,
  ...appointmentReads,
  ...patientReads,
  ...directoryReads,
  ...scheduleReads,
  cancelService,
];

const nobody = { scopes: new Set<string>(), patient: undefined, backend: false };

/** A path that is there for another verb is told apart from one that is not; nothing that is unknown asks for a token. */
function unknownPath(
  routes: readonly EmrRoute<Tables, Settings>[],
  scene: EpicScene,
  request: EmrRequest,
): EmrAnswer {
  const below = request.path.startsWith(ROOT) ? request.path.slice(ROOT.length) : '';
  const known = (['GET', 'POST'] as const).some((verb) => {
    const matched = matchRoute(routes, verb, below);
    return matched !== undefined && !matched.route.template.startsWith('/api/epic/');
  });
  if (!known || scene.settings.unsupportedVerb === 404) return notFoundPage;
  return { status: 405, headers: { allow: 'GET' } };
}
