import type { EmrAnswer, EmrTexts } from '#simulator-kit/index.ts';
import { json, Refusal } from '#simulator-kit/index.ts';
import type { Settings } from './settings.ts';

/** An error as the API words it: a bare sentence, JSON-quoted or not. */
export function errorAnswer(status: number, text: string, settings: Settings): EmrAnswer {
  return settings.errorFormat === 'json'
    ? json(status, text)
    : { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: text };
}

/** To throw from a handler. */
export function refuse(scene: { readonly settings: Settings }, status: number, text: string): Refusal {
  return new Refusal(errorAnswer(status, text, scene.settings));
}

/** Wordings that are known only to exist or not even that; no client may rely on them. */
export const invented = {
  badKey: 'Authorization failed. The developer key or customer key is not valid.',
  keyDisabled: 'The customer key is disabled.',
  noPermission: 'The developer key does not have permission for this method.',
  contentType: 'Content-Type must be application/json.',
  badJson: 'The body is not valid JSON.',
  overlap: 'Appointment overlaps another appointment.',
  blockout: 'Appointment is in a blocked time.',
  past: 'AptDateTime is in the past.',
  hidden: 'Operatory or provider is hidden.',
} as const;

export const texts: EmrTexts = {
  throttled: 'Too many requests',
  timeout: 'The request timed out.',
  failure: 'An unexpected error occurred.',
  lostConnectivity: 'The eConnector of this office could not be reached.',
};
