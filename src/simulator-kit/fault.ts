import { z } from 'zod';

/**
 * Everything that can go wrong with a request to the API, by name. `performs` says what the EMR does with the request:
 * `now` (before anything is answered), `late` (after `delayMs`), or `never`; where `choice` is true, `commit` of the
 * fault overrides it.
 */
const apiFaults = {
  /** Performed; the connection is cut without an answer. */
  'response-lost': { on: 'any', performs: 'now', choice: false, variants: [] },
  /** Cut; nothing is performed. */
  'request-dropped': {
    on: 'any',
    performs: 'never',
    choice: false,
    variants: [],
  },
  /** Cut (or answered 504) at once; performed `delayMs` later (2 s when not given). */
  'late-commit': {
    on: 'any',
    performs: 'late',
    choice: false,
    variants: ['reset', '504'],
  },
  /** Performed; answered 500. */
  'error-after-commit': {
    on: 'any',
    performs: 'now',
    choice: false,
    variants: [],
  },
  /** Performed; the true answer comes `delayMs` later (2 s when not given). */
  slow: { on: 'any', performs: 'now', choice: false, variants: [] },
  /** Never answered; the connection stays open until the client leaves. */
  hung: { on: 'any', performs: 'never', choice: true, variants: [] },
  /** 429 with Retry-After (`delayMs` in whole seconds, 1 s when not given). */
  throttled: { on: 'any', performs: 'never', choice: false, variants: [] },
  /** A read of the data as they were `delayMs` ago; without `delayMs`, before the last write. */
  'stale-read': { on: 'read', performs: 'now', choice: false, variants: [] },
  /** The EMR's own success with a body that is not what was asked for. */
  'wrong-body': {
    on: 'any',
    performs: 'now',
    choice: true,
    variants: ['object', 'null', 'string', 'empty', 'truncated'],
  },
  /** A body of 50 MB, one that never ends, or 512 MB in a small gzip. */
  'huge-body': {
    on: 'any',
    performs: 'now',
    choice: true,
    variants: ['plain', 'endless', 'gzip'],
  },
  /** HTML with a script, keys that reach for prototypes, deep nesting, or `text` (a patient's) inside an error. */
  'hostile-body': {
    on: 'any',
    performs: 'now',
    choice: true,
    variants: ['html', 'prototype', 'deep', 'patient-error'],
  },
  /** The EMR's 400 for an office that cannot be reached. */
  'lost-connectivity-400': {
    on: 'any',
    performs: 'never',
    choice: true,
    variants: [],
  },
} as const satisfies Record<string, FaultDescriptor>;

/** The same for requests to the token endpoint of the authorization server, which meet no others. */
const tokenFaults = {
  /** Performed; the true answer comes `delayMs` later (2 s when not given). */
  'token-slow': { on: 'token', performs: 'now', choice: false, variants: [] },
  /** Performed, with a rotation where refresh tokens rotate; the connection is cut without an answer. */
  'token-answer-lost': { on: 'token', performs: 'now', choice: false, variants: [] },
  /** Cut; nothing is performed. */
  'token-request-dropped': { on: 'token', performs: 'never', choice: false, variants: [] },
  /** The grant behind the code or refresh token is withdrawn for good, then the request is performed. */
  'grant-revoked': { on: 'token', performs: 'now', choice: false, variants: [] },
  /** The token has the scopes of `text` on top (`user/*.cruds` when not given), and the answer says so. */
  'scopes-wider': { on: 'token', performs: 'now', choice: false, variants: [] },
  /** The token lacks the scopes of `text` (the last resource scope when not given), and the answer says so. */
  'scopes-narrower': { on: 'token', performs: 'now', choice: false, variants: [] },
  /** The answer does not say which scopes were granted. */
  'scope-absent': { on: 'token', performs: 'now', choice: false, variants: [] },
  /** The answer holds no refresh token; on a refresh the one that was used stays good. */
  'refresh-token-absent': { on: 'token', performs: 'now', choice: false, variants: [] },
  /** 503 or 429 with Retry-After (`delayMs` in whole seconds, 1 s when not given). */
  'token-error': { on: 'token', performs: 'never', choice: true, variants: ['503', '429'] },
  /** 200 with a page for people. */
  'token-html': { on: 'token', performs: 'never', choice: true, variants: [] },
} as const satisfies Record<string, FaultDescriptor>;

export const faultTable = { ...apiFaults, ...tokenFaults };

interface FaultDescriptor {
  /** `any` and `read`: requests to the API. */
  readonly on: 'any' | 'read' | 'token';
  readonly performs: 'now' | 'late' | 'never';
  readonly choice: boolean;
  /** The first is the default. */
  readonly variants: readonly string[];
}

/** Faults that one EMR alone has, by name. */
export type OwnFaults = Readonly<Record<string, OwnFault>>;

/**
 * `request`: the EMR performs the request and is told of the fault as `scene.fault`; on `routes` alone where it names
 * some, in the words of an order's `route`, and on the data of the past (as by `stale-read`) where it is `stale`. `message`: the courier sends the message twice, or after the next one.
 */
export type OwnFault =
  | { readonly on: 'request'; readonly routes?: readonly string[]; readonly stale?: true }
  | { readonly on: 'message'; readonly plays: 'twice' | 'after-next' };

export type ApiFaultName = keyof typeof apiFaults;
export type TokenFaultName = keyof typeof tokenFaults;
export type FaultName = ApiFaultName | TokenFaultName;

export function isTokenFault(name: string): name is TokenFaultName {
  return Object.hasOwn(tokenFaults, name);
}

export function isApiFault(name: string): name is ApiFaultName {
  return Object.hasOwn(apiFaults, name);
}

/** A fault as `POST /__sim/faults` takes it: either `times`, or `rate` with a `seed` that makes the run repeatable. */
export function faultOrderOf(own: OwnFaults) {
  const known: Readonly<Record<string, FaultDescriptor>> = {
    ...faultTable,
    ...Object.fromEntries(Object.keys(own).map((name) => [name, OWN])),
  };
  return z
    .strictObject({
      name: z.enum(Object.keys(known)),
      times: z.int().min(1).optional(),
      rate: z.number().min(0).max(1).optional(),
      seed: z.int().optional(),
      /** `POST /appointments`, `/appointments` (any method), or a prefix with a star: `GET /appointments*`. */
      route: z
        .string()
        .regex(/^([A-Z]+ )?\/\S*$/)
        .optional(),
      effect: z.enum(['read', 'write']).optional(),
      /** For faults of the token endpoint: only on requests of this grant. */
      grant: z.enum(['authorization_code', 'refresh_token', 'client_credentials']).optional(),
      /** This many matching requests pass unharmed first. */
      after: z.int().min(0).default(0),
      delayMs: z.int().min(0).max(600_000).optional(),
      variant: z.string().optional(),
      commit: z.boolean().optional(),
      /** For `hostile-body`/`patient-error`: the text to plant. For `scopes-…`: scopes, separated by spaces. */
      text: z.string().optional(),
    })
    .superRefine((order, context) => {
      const { variants, choice, on } = known[order.name] ?? OWN;
      const say = (message: string): void => context.addIssue({ code: 'custom', message });
      if ((order.times === undefined) === (order.rate === undefined)) say('Give either times or rate.');
      if (order.rate !== undefined && order.seed === undefined) say('A rate needs a seed.');
      if (order.effect !== undefined && on === 'token') say(`${order.name} knows no effect, but a grant.`);
      if (order.grant !== undefined && on !== 'token') say(`${order.name} knows no grant.`);
      if (order.commit !== undefined && !choice) say(`${order.name} has no choice of commit.`);
      if (order.variant !== undefined && !variants.some((variant) => variant === order.variant))
        say(`${order.name} has the variants: ${variants.join(', ') || 'none'}.`);
    });
}

const OWN: FaultDescriptor = { on: 'any', performs: 'now', choice: false, variants: [] };

/** For an EMR without faults of its own. */
export const faultOrder = faultOrderOf({});

export type FaultOrder = z.infer<typeof faultOrder>;
