import {
  type EmrRequest,
  type EmrRoute,
  type Emulation,
  matchRoute,
  type RegisteredClient,
  type Scene,
} from '#simulator-kit/index.ts';
import { admit, type Bearer, callerOf, permit, versionOf } from './admission.ts';
import { detail, texts, throttled } from './answer.ts';
import { authorizationServer } from './authorization.ts';
import { openMemory } from './memory.ts';
import type { PracticePlan } from './practice-plan.ts';
import { appointmentReads } from './routes/appointment-reads.ts';
import { appointmentWrites } from './routes/appointment-writes.ts';
import { appointmentsList } from './routes/appointments-list.ts';
import { availability } from './routes/availability.ts';
import { directory } from './routes/directory.ts';
import { patients } from './routes/patients.ts';
import { recurring } from './routes/recurring.ts';
import { schedules } from './routes/schedules.ts';
import { seedPractices } from './seed.ts';
import { type Settings, settings } from './settings.ts';
import { actAsStaff } from './staff.ts';
import type { AccountScene, Method, Tables } from './tables.ts';
import { messages } from './webhooks.ts';

/** DrChrono's REST API for the practices that have installed one application, as `startSimulator` takes it. */
export function drchrono(
  practices: readonly [PracticePlan, ...PracticePlan[]],
  options: DrChronoOptions,
): Emulation<Tables, Settings> {
  const memory = openMemory();
  const [demo] = practices;
  const here = (scene: Scene<Tables, Settings>): AccountScene => ({ ...scene, practices, memory });
  const who = (scene: Scene<Tables, Settings>, request: EmrRequest) =>
    callerOf(scene, request, practices, options.bearers);
  const routes = methods.map(
    (method): EmrRoute<Tables, Settings> => ({
      method: method.verb,
      template: method.template,
      effect: method.effect ?? (method.verb === 'GET' ? 'read' : 'write'),
      handle(call) {
        const caller = who(call, call.request);
        const version = versionOf(call.settings, call.request);
        if (caller === undefined || version === undefined) return detail(401, 'Authorization failed.');
        const { practice } = caller;
        const refused = permit(here(call), caller, method);
        return refused ?? method.handle({ ...call, practices, memory, caller, practice, version });
      },
    }),
  );
  return {
    emr: 'drchrono',
    office: demo.name,
    timeZone: demo.doctors[0].timezone,
    basePath: '/api',
    routes,
    admit: (scene, request) => admit(here(scene), request, who(scene, request)),
    unknown(_scene, { method, path }) {
      const others = VERBS.filter(
        (verb) => matchRoute(routes, verb, path.replace(/^\/api/, '')) !== undefined,
      );
      return others.length > 0 ? detail(405, `Method "${method}" not allowed.`) : detail(404, 'Not found.');
    },
    // Who is too fast is turned away, and nobody has to queue.
    pace: () => undefined,
    throttled,
    seed: (scene) => seedPractices(here(scene)),
    staff: (scene, action) => actAsStaff(here(scene), action),
    settings,
    error: (status, text) => detail(status, text),
    texts,
    faults: {
      'quota-exhausted': { on: 'request' },
      'permission-missing': { on: 'request' },
      'conflict-is-ours': { on: 'request', routes: ['POST /appointments'] },
      'list-lag': {
        on: 'request',
        routes: ['GET /appointments', 'GET /patients_summary', 'GET /patients'],
      },
      'webhook-duplicate': { on: 'message', plays: 'twice' },
      'webhook-reorder': { on: 'message', plays: 'after-next' },
    },
    messages,
    authorizationServer: (current) => authorizationServer(practices, options.clients, current),
  };
}

export interface DrChronoOptions {
  /** Tokens that are good beside those of the authorization server. */
  readonly bearers: readonly Bearer[];
  readonly clients: readonly RegisteredClient[];
}

const methods: readonly Method[] = [
  ...directory,
  ...schedules,
  ...availability,
  ...patients,
  ...appointmentReads,
  ...appointmentWrites,
  ...appointmentsList,
  ...recurring,
];

const VERBS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
