import type { Settings } from './settings.ts';
import type { Method } from './tables.ts';

/** Scopes and permissions of the resources, as the vendor's tables have them. */
type Access = Pick<Method, 'scopes' | 'permissions'>;

export const everyone: Access = { scopes: () => [], permissions: [] };
export const account: Access = { scopes: () => ['user:read'], permissions: [] };
export const appSettings: Access = {
  scopes: () => ['settings:read'],
  permissions: ['scheduling', 'settings'],
};
export const reminders: Access = { scopes: () => ['settings:read'], permissions: ['scheduling'] };
export const blockedTime: Access = { scopes: () => ['calendar:read'], permissions: ['calendar'] };
export const openings: Access = {
  scopes: ({ availabilityNeedsScope }) => (availabilityNeedsScope ? ['calendar:read'] : []),
  permissions: [],
};
export const recurringInstances: Access = {
  scopes: (settings) => ['calendar:read', ...clinical(settings, 'read')],
  permissions: ['scheduling'],
};

export function appointments(right: 'read' | 'write'): Access {
  return {
    scopes: (settings) => [`calendar:${right}`, ...clinical(settings, right)],
    permissions: ['scheduling', 'clinical-notes'],
  };
}

export function patients(scope: 'patients' | 'patients:summary', right: 'read' | 'write'): Access {
  return { scopes: () => [`${scope}:${right}`], permissions: ['manage-patients'] };
}

function clinical(settings: Settings, right: 'read' | 'write'): readonly string[] {
  return settings.appointmentsNeedClinicalScope ? [`clinical:${right}`] : [];
}
