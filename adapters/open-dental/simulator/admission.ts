import type { EmrAnswer, EmrRequest, Pace } from '#simulator-kit/index.ts';
import { splitPath } from '#simulator-kit/index.ts';
import { errorAnswer, invented } from './error.ts';
import type { Settings } from './settings.ts';
import type { DentalScene, Permission } from './tables.ts';

/** A developer key that an office has admitted by a customer key, with the permission groups that were bought. */
export interface ApiKey {
  readonly developer: string;
  readonly customer: string;
  readonly permissions: readonly Permission[];
}

/** Keys and headers, before anything else is looked at. */
export function admit(
  keys: readonly ApiKey[],
  scene: DentalScene,
  request: EmrRequest,
): EmrAnswer | undefined {
  const { settings } = scene;
  if (keyOf(keys, request) === undefined) return errorAnswer(401, invented.badKey, settings);
  if (settings.keyDisabled) return errorAnswer(401, invented.keyDisabled, settings);
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? ''))
    return errorAnswer(400, invented.contentType, settings);
  return undefined;
}

/** A missing permission is 401 too, not 403. */
export function permit(
  keys: readonly ApiKey[],
  scene: DentalScene,
  request: EmrRequest,
  permission: Permission,
): EmrAnswer | undefined {
  if (keyOf(keys, request)?.permissions.includes(permission)) return undefined;
  return errorAnswer(401, invented.noPermission, scene.settings);
}

/** The throttle of a customer key: slower for keys that may only read. */
export function paceOf(keys: readonly ApiKey[], settings: Settings, request: EmrRequest): Pace | undefined {
  const key = keyOf(keys, request);
  if (key === undefined || !settings.throttle) return undefined;
  const readsOnly = key.permissions.every((permission) => permission === 'ReadAll');
  return {
    key: key.customer,
    gapMs: readsOnly ? settings.throttleReadOnlyGapMs : settings.throttleGapMs,
    queue: settings.throttleQueue,
    patienceMs: settings.timeoutMs,
  };
}

/** What a path that no method fits is told, in the order in which the service checks. */
export function unknownMethod(
  methods: readonly { readonly template: string }[],
  scene: DentalScene,
  request: EmrRequest,
  below: string,
): EmrAnswer {
  const [resource = '', first = '', second] = splitPath(below) ?? [];
  const offered = methods.some(({ template }) => template.split('/')[1] === resource);
  const sub = second ?? (/^\d+$/.test(first) ? '' : first);
  if (offered)
    return errorAnswer(400, `${resource} ${request.method} ${sub} is not a valid method.`, scene.settings);
  if (UNMODELLED.has(resource) && request.method !== 'GET')
    return errorAnswer(401, invented.noPermission, scene.settings);
  return errorAnswer(404, `${resource} is not a valid resource.`, scene.settings);
}

function keyOf(keys: readonly ApiKey[], request: EmrRequest): ApiKey | undefined {
  const sent = request.headers.authorization;
  return keys.find(
    ({ developer, customer }) => customer !== '' && sent === `ODFHIR ${developer}/${customer}`,
  );
}

/** Resources of the real service that hold a chart, money or messages. Here they exist as refusals only. */
const UNMODELLED: ReadonlySet<string> = new Set(
  `accountmodules adjustments allergies allergydefs apptfielddefs apptfields asapcomms autonotes benefits carriers
   chartmodules claimforms claimpayments claimprocs claims clockevents codegroups commlogs computers covcats diseases
   diseasedefs discountplans documents employees employers eobattaches familymodules fees feescheds guardians insplans
   inssubs insverifies labcases laboratories medicationpats medications patfielddefs patfields patientnotes
   patientraces patplans payments payplans paysplits perioexams periomeasures pharmacies popups procedurecodes
   procedurelogs procnotes proctps queries quickpastenotes recalls recalltypes refattaches referrals reports rxpats
   securitylogs sheetdefs sheets signalods statements subscriptions substitutionlinks tasklists tasknotes tasks
   toothinitials treatplanattaches treatplans usergroups userods`.split(/\s+/),
);
