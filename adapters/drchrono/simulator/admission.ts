import type { EmrAnswer, EmrRequest, Scene } from '#simulator-kit/index.ts';
import { detail, NO_PERMISSION, throttled } from './answer.ts';
import { userOf } from './directory.ts';
import { countCall, secondsToNextHour } from './memory.ts';
import type { PracticePlan, User } from './practice-plan.ts';
import type { Settings } from './settings.ts';
import type { AccountScene, ApiVersion, Caller, Method, Permission, Tables } from './tables.ts';

/** A token that is good without the authorization server, for tests. */
export interface Bearer {
  readonly token: string;
  readonly clientId: string;
  readonly username: string;
  readonly scopes: readonly string[];
}

/** Token, quota of the application and version, before any resource is looked at. */
export function admit(
  scene: AccountScene,
  request: EmrRequest,
  caller: Caller | undefined,
): EmrAnswer | undefined {
  // Paths that do not exist are no exception.
  if (caller === undefined) return detail(401, 'Authorization failed.');
  const { fault, now } = scene;
  if (fault?.name === 'quota-exhausted')
    return throttled(fault.delayMs === undefined ? secondsToNextHour(now) : fault.delayMs / 1000);
  const seconds = countCall(scene.memory, caller.clientId, now, scene.settings);
  if (seconds !== undefined) return throttled(seconds);
  if (versionOf(scene.settings, request) === undefined) return detail(400, 'Invalid API version.');
  if (fault?.name === 'permission-missing') return detail(403, NO_PERMISSION);
  return undefined;
}

/** Scope first, then what the practice's administrator has granted inside the app. */
export function permit({ settings }: AccountScene, caller: Caller, method: Method): EmrAnswer | undefined {
  const granted = permissionsOf(settings, caller.user);
  const mayScope = method.scopes(settings).every((scope) => caller.scopes.has(scope));
  const mayPerson = method.permissions.every((permission) => granted.includes(permission));
  return mayScope && mayPerson ? undefined : detail(403, NO_PERMISSION);
}

/** By the header, by its old names too, or as the application is configured; undefined: there is no such version. */
export function versionOf(settings: Settings, { headers }: EmrRequest): ApiVersion | undefined {
  const named = headers['x-drc-api-version'];
  return named === undefined ? settings.apiVersionDefault : VERSIONS[named.trim()];
}

/** What {@link Settings.grantedPermissions} leaves to somebody. */
export function permissionsOf({ grantedPermissions }: Settings, { username }: User): readonly Permission[] {
  const taken = grantedPermissions.split(/[\s,]+/).map((item) => item.match(/^-(\S+):(\S+)$/) ?? []);
  return PERMISSIONS.filter(
    (permission) =>
      !taken.some(
        ([, who, what]) => (who === '*' || who === username) && (what === '*' || what === permission),
      ),
  );
}

/** Who a request speaks for; undefined when its token is missing, unknown or no longer good. */
export function callerOf(
  scene: Scene<Tables, Settings>,
  request: EmrRequest,
  practices: readonly PracticePlan[],
  bearers: readonly Bearer[],
): Caller | undefined {
  const token = scene.token(request);
  if (token !== undefined) {
    const known = userOf(practices, token.subject ?? '');
    return known && { ...known, clientId: token.clientId, scopes: token.scopes };
  }
  const [, value] = request.headers.authorization?.match(/^Bearer (\S+)$/i) ?? [];
  const bearer = bearers.find((one) => one.token === value);
  const practice = practices.find(({ users }) => users.some((user) => user.username === bearer?.username));
  const user = practice?.users.find(({ username }) => username === bearer?.username);
  if (bearer === undefined || practice === undefined || user === undefined) return undefined;
  return { user, practice, clientId: bearer.clientId, scopes: new Set(bearer.scopes) };
}

const VERSIONS: Readonly<Record<string, ApiVersion>> = {
  v2: 'v2',
  v2015_08: 'v2',
  v3: 'v3',
  v2016_06: 'v3',
  v4: 'v4',
};

const PERMISSIONS: readonly Permission[] = [
  'scheduling',
  'clinical-notes',
  'calendar',
  'settings',
  'manage-patients',
];
