import { type EmrAnswer, type EmrTexts, json, Refusal } from '#simulator-kit/index.ts';
import type { AccountScene } from './tables.ts';

/** What the vendor says in its own words, where they are known. */
export const texts: EmrTexts = {
  throttled: 'Request was throttled.',
  timeout: 'The request took too long.',
  failure: 'Server Error (500)',
  lostConnectivity: 'Service unavailable.',
};

export const NO_PERMISSION = 'You do not have permission to perform this action.';

export function detail(status: number, text: string): EmrAnswer {
  return json(status, { detail: text });
}

/** 429: how long to wait is in the text alone. */
export function throttled(seconds: number): EmrAnswer {
  return detail(429, `${texts.throttled} Expected available in ${seconds.toFixed(1)} seconds.`);
}

export function notFound(): Refusal {
  return new Refusal(detail(404, 'Not found.'));
}

/** 400 by field. */
export function invalid(faults: Readonly<Record<string, string>>): Refusal {
  const lists = Object.entries(faults).map(([name, text]) => [name, [text]]);
  return new Refusal(json(400, Object.fromEntries(lists)));
}

/** 204, an empty body. */
export function noContent(): EmrAnswer {
  return { status: 204 };
}

/** 409, in one of the bodies that nobody has documented. */
export function conflict({ settings, memory }: AccountScene): EmrAnswer {
  const text = 'Scheduled time overlaps with an existing appointment';
  const kinds = {
    empty: { status: 409 },
    object: json(409, {}),
    detail: detail(409, text),
    text: { status: 409, headers: { 'content-type': 'text/html; charset=utf-8' }, body: text },
  } as const satisfies Record<string, EmrAnswer>;
  if (settings.conflictBody !== 'rotate') return kinds[settings.conflictBody];
  const all = Object.values(kinds);
  return all[memory.conflicts++ % all.length] ?? kinds.empty;
}
