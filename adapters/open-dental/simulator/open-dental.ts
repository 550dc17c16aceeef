import type { EmrAnswer, EmrRequest, EmrRoute, Emulation } from '#simulator-kit/index.ts';
import { matchRoute } from '#simulator-kit/index.ts';
import { type ApiKey, admit, paceOf, permit, unknownMethod } from './admission.ts';
import { errorAnswer, texts } from './error.ts';
import type { OfficePlan } from './office-plan.ts';
import { appointmentActions } from './routes/appointment-actions.ts';
import { appointmentReads } from './routes/appointment-reads.ts';
import { appointmentWrites } from './routes/appointment-writes.ts';
import { directoryMethods } from './routes/directory.ts';
import { patientMethods } from './routes/patients.ts';
import { scheduleMethods } from './routes/schedules.ts';
import { seedOffice } from './seed.ts';
import { type Settings, settings } from './settings.ts';
import { actAsStaff } from './staff.ts';
import type { DentalScene, Method, Tables } from './tables.ts';

/** Open Dental's API (remote mode, `/api/v1`) for one office, as `startSimulator` takes it. */
export function openDental(plan: OfficePlan, keys: readonly ApiKey[]): Emulation<Tables, Settings> {
  /** A path that fits nothing, unless the office does not mind the case of a sub-method. */
  const unknown = (scene: DentalScene, request: EmrRequest): EmrAnswer => {
    const below = request.path.startsWith(`${BASE}/`) ? request.path.slice(BASE.length) : request.path;
    const lenient = scene.settings.subMethodCase === 'insensitive';
    const matched = lenient ? matchRoute(routes, request.method, below, { ignoreCase: true }) : undefined;
    if (matched !== undefined && isNumbered(matched.path))
      return matched.route.handle({ ...scene, request, path: matched.path });
    return unknownMethod(methods, scene, request, below);
  };
  const routes = methods.map(
    (method): EmrRoute<Tables, Settings> => ({
      method: method.verb,
      template: method.template,
      effect: method.verb === 'GET' ? 'read' : 'write',
      handle(call) {
        if (!isNumbered(call.path)) return unknown(call, call.request);
        return permit(keys, call, call.request, method.permission) ?? method.handle(plan, call);
      },
    }),
  );
  return {
    emr: 'open-dental',
    office: plan.name,
    timeZone: plan.timeZone,
    basePath: BASE,
    routes,
    admit: (scene, request) => admit(keys, scene, request),
    unknown,
    pace: (values, request) => paceOf(keys, values, request),
    seed: (scene) => seedOffice(plan, scene),
    staff: (scene, action) => actAsStaff(plan, scene, action),
    settings,
    error: errorAnswer,
    texts,
  };
}

const BASE = '/api/v1';

const methods: readonly Method[] = [
  ...appointmentReads,
  ...appointmentWrites,
  ...appointmentActions,
  ...patientMethods,
  ...scheduleMethods,
  ...directoryMethods,
];

/** A key in the path is a number; any other word there names a sub-method. */
function isNumbered(path: Readonly<Record<string, string>>): boolean {
  return Object.values(path).every((value) => /^\d+$/.test(value));
}
