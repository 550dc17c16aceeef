import type { EmrRequest, EmrRoute, Emulation, RegisteredClient, Scene } from '#simulator-kit/index.ts';
import { admit, type Bearer, permit, unknown } from './admission.ts';
import { authorizationServer, callerOf, type Host } from './authorization.ts';
import { basePath } from './base.ts';
import type { ClinicPlan } from './clinic-plan.ts';
import { errorAnswer, outcome, texts } from './outcome.ts';
import type { PageBook } from './page-context.ts';
import { appointmentCreate } from './routes/appointment-create.ts';
import { appointmentPatch } from './routes/appointment-patch.ts';
import { appointmentReads } from './routes/appointment-reads.ts';
import { directoryMethods } from './routes/directory.ts';
import { capabilityStatement, smartConfiguration } from './routes/discovery.ts';
import { patientMethods } from './routes/patients.ts';
import { scheduleMethods } from './routes/schedules.ts';
import { slotMethods } from './routes/slots.ts';
import type { Caller } from './scope.ts';
import { seedClinic } from './seed.ts';
import { type Settings, settings } from './settings.ts';
import { actAsStaff, admitPatient } from './staff.ts';
import type { ClinicScene, Method, Tables } from './tables.ts';

/** Oracle Health Millennium's R4 API (`/r4/{tenant}`) for one tenant, as `startSimulator` takes it. */
export function millennium(clinic: ClinicPlan, options: MillenniumOptions): Emulation<Tables, Settings> {
  const { host, bearers, clients } = options;
  const pages: PageBook = new Map();
  const here = (scene: Scene<Tables, Settings>): ClinicScene => ({ ...scene, clinic });
  const who = (scene: Scene<Tables, Settings>, request: EmrRequest): Caller | undefined => {
    const token = scene.token(request);
    return token === undefined ? bearerOf(bearers, request) : callerOf(token, host);
  };
  const route = (method: Method, verb: Method['verb'] = method.verb): EmrRoute<Tables, Settings> => ({
    method: verb,
    template: method.template,
    effect: verb === 'GET' ? 'read' : 'write',
    handle(call) {
      const caller = who(call, call.request);
      if (caller === undefined) return outcome(401, 'login', 'Unauthorized');
      if (verb !== method.verb && !isTunnelled(call.request))
        return outcome(405, 'not-supported', 'Method Not Allowed');
      const scene = { ...call, clinic, caller, pages };
      return permit(scene, caller, method.type, method.needs) ?? method.handle(scene);
    },
  });
  return {
    emr: 'oracle-health',
    office: clinic.name,
    timeZone: clinic.timeZone,
    basePath: basePath(clinic),
    routes: [
      {
        method: 'GET',
        template: '/.well-known/smart-configuration',
        effect: 'read',
        handle: (call) => smartConfiguration({ ...call, clinic }, host),
      },
      {
        method: 'GET',
        template: '/metadata',
        effect: 'read',
        handle: (call) => capabilityStatement({ ...call, clinic }, host),
      },
      ...methods.map((method) => route(method)),
      // A PATCH may be sent as a POST that says so.
      ...methods.filter(({ verb }) => verb === 'PATCH').map((method) => route(method, 'POST')),
    ],
    admit: (scene, request) => admit(here(scene), request, who),
    unknown: (scene, request) => unknown(here(scene), request, types),
    // No limits are published.
    pace: () => undefined,
    seed: (scene) => seedClinic(here(scene)),
    staff: (scene, action) => actAsStaff(here(scene), action),
    admitPatient: (scene, person) => admitPatient(here(scene), person),
    settings,
    error: (status, text) => errorAnswer(status, text),
    texts,
    authorizationServer: authorizationServer(clinic, host, clients),
  };
}

export interface MillenniumOptions {
  readonly host: Host;
  /** Tokens that are admitted beside those of the authorization server. */
  readonly bearers: readonly Bearer[];
  readonly clients: readonly RegisteredClient[];
}

const methods: readonly Method[] = [
  ...slotMethods,
  ...scheduleMethods,
  ...appointmentReads,
  ...appointmentCreate,
  ...appointmentPatch,
  ...patientMethods,
  ...directoryMethods,
];

const types: ReadonlySet<string> = new Set(methods.map(({ type }) => type));

function bearerOf(bearers: readonly Bearer[], { headers }: EmrRequest): Bearer | undefined {
  const [, token] = headers.authorization?.match(/^Bearer (\S+)$/i) ?? [];
  return token === undefined ? undefined : bearers.find((bearer) => bearer.token === token);
}

function isTunnelled({ headers, query }: EmrRequest): boolean {
  const said = headers['x-http-method-override'] ?? query.get('_method') ?? '';
  return said.toLowerCase() === 'patch';
}
