import type { EmrRequest, EmrRoute, Emulation, RegisteredClient, Scene } from '#simulator-kit/index.ts';
import { admit, type Bearer, permit, unauthorized, unknown } from './admission.ts';
import { authorizationServer, callerOf } from './authorization.ts';
import { basePath } from './base.ts';
import type { ClinicPlan } from './clinic-plan.ts';
import { errorAnswer, texts } from './outcome.ts';
import type { PageBook } from './page-book.ts';
import { appointmentReads } from './routes/appointment-reads.ts';
import { appointmentWrites } from './routes/appointment-writes.ts';
import { directoryMethods } from './routes/directory.ts';
import { capabilityStatement, smartConfiguration } from './routes/discovery.ts';
import { patientMethods } from './routes/patients.ts';
import { slotMethods } from './routes/slots.ts';
import type { Caller } from './scope.ts';
import { seedClinic } from './seed.ts';
import { type Settings, settings } from './settings.ts';
import { actAsStaff, admitPatient } from './staff.ts';
import type { ClinicScene, Method, Tables } from './tables.ts';

/** A FHIR R4 server of an EMR that nobody has heard of, for one clinic, as `startSimulator` takes it. */
export function fhirServer(clinic: ClinicPlan, options: FhirServerOptions): Emulation<Tables, Settings> {
  const { bearers, clients } = options;
  const pages: PageBook = new Map();
  const here = (scene: Scene<Tables, Settings>): ClinicScene => ({ ...scene, clinic });
  const who = (scene: Scene<Tables, Settings>, request: EmrRequest): Caller | undefined => {
    const token = scene.token(request);
    return token === undefined ? bearerOf(bearers, request) : callerOf(token);
  };
  const route = (method: Method): EmrRoute<Tables, Settings> => ({
    method: method.verb,
    template: method.template,
    effect: method.verb === 'GET' || method.template.endsWith('/_search') ? 'read' : 'write',
    handle(call) {
      const caller = who(call, call.request);
      if (caller === undefined) return unauthorized();
      return permit(caller, method.type, method.needs) ?? method.handle({ ...call, clinic, caller, pages });
    },
  });
  return {
    emr: 'fhir-r4',
    office: clinic.name,
    timeZone: clinic.timeZone,
    basePath,
    routes: [
      {
        method: 'GET',
        template: '/.well-known/smart-configuration',
        effect: 'read',
        handle: smartConfiguration,
      },
      {
        method: 'GET',
        template: '/metadata',
        effect: 'read',
        handle: (call) => capabilityStatement({ ...call, clinic }),
      },
      ...methods.map(route),
    ],
    admit: (scene, request) => admit(here(scene), request, who),
    unknown: (_scene, request) => unknown(request, types),
    pace: () => undefined,
    seed: (scene) => seedClinic(here(scene)),
    staff: (scene, action) => actAsStaff(here(scene), action),
    admitPatient: (scene, person) => admitPatient(here(scene), person),
    settings,
    error: errorAnswer,
    texts,
    faults: { 'match-missed': { on: 'request', routes: ['POST /Appointment', 'POST /Patient'] } },
    authorizationServer: authorizationServer(clinic, clients),
  };
}

export interface FhirServerOptions {
  /** Tokens that are admitted beside those of the authorization server. */
  readonly bearers: readonly Bearer[];
  readonly clients: readonly RegisteredClient[];
}

/** First match wins, so that `_search` stands before ids. */
const methods: readonly Method[] = [
  ...slotMethods,
  ...appointmentReads,
  ...appointmentWrites,
  ...patientMethods,
  ...directoryMethods,
];

const types: ReadonlySet<string> = new Set(methods.map(({ type }) => type));

function bearerOf(bearers: readonly Bearer[], { headers }: EmrRequest): Bearer | undefined {
  const [, token] = headers.authorization?.match(/^Bearer (\S+)$/i) ?? [];
  return token === undefined ? undefined : bearers.find((bearer) => bearer.token === token);
}
