import type { z } from 'zod';
import type { EmrAnswer, EmrRequest } from './emr-message.ts';
import type { FaultOrder, OwnFaults } from './fault.ts';
import type { Ledger } from './ledger.ts';
import type { AuthorizationServerPlan, BearerToken } from './oauth/plan.ts';
import type { Database, TableSet } from './row-store.ts';
import type { Admission, StaffAction } from './staff.ts';

export type { EmrAnswer, EmrRequest } from './emr-message.ts';

/**
 * An EMR as a simulator plays it: what it answers, how it is filled and what its front desk can do. Everything here is
 * synchronous; a request is performed as one transaction, so a thrown {@link Refusal} leaves no trace in the data.
 */
export interface Emulation<Tables extends TableSet, Settings extends SettingValues> {
  /** Folder of the adapter, e.g. `open-dental`. */
  readonly emr: string;
  /** Name of the simulated office. */
  readonly office: string;
  /** IANA zone of the office. */
  readonly timeZone: string;
  /** What comes before every template, e.g. `/api/v1`. */
  readonly basePath: string;
  /** First match wins, so literal segments stand before `{named}` ones. */
  readonly routes: readonly EmrRoute<Tables, Settings>[];
  /** Asked before any route; an answer ends the request (credentials, headers). */
  readonly admit: (scene: Scene<Tables, Settings>, request: EmrRequest) => EmrAnswer | undefined;
  /** A request that no route matches. */
  readonly unknown: (scene: Scene<Tables, Settings>, request: EmrRequest) => EmrAnswer;
  /** How the EMR slows its callers down; `undefined` for no limit. */
  readonly pace: (settings: Settings, request: EmrRequest) => Pace | undefined;
  /** Fills an empty database, relative to `scene.now`. */
  readonly seed: (scene: Scene<Tables, Settings>) => void;
  /** Does what the front desk would and returns the appointment's id, or undefined when there is none of that id. */
  readonly staff: (scene: Scene<Tables, Settings>, action: StaffAction) => string | undefined;
  /** Makes a patient of somebody new and returns the id. Missing: this front desk admits nobody. */
  readonly admitPatient?: (scene: Scene<Tables, Settings>, person: Admission) => string;
  /** Switches for what the EMR's documentation leaves open. Every one has a default. */
  readonly settings: z.ZodType<Settings>;
  /** Renders an error the way the EMR does. */
  readonly error: (status: number, text: string, settings: Settings) => EmrAnswer;
  readonly texts: EmrTexts;
  /** How the EMR turns away who is too fast. Missing: 429 in its format, with `Retry-After`. */
  readonly throttled?: (seconds: number, settings: Settings) => EmrAnswer;
  /** Faults beside those of the kit, which the EMR plays itself. */
  readonly faults?: OwnFaults;
  /** What the EMR sends of its own accord (webhooks). */
  readonly messages?: MessagePlan<Tables, Settings>;
  /**
   * The OAuth server in front of the API; missing for an EMR that has none. A function where settings of the EMR have a
   * say in it: its getters are read whenever they matter.
   */
  readonly authorizationServer?:
    | AuthorizationServerPlan
    | ((settings: () => Settings) => AuthorizationServerPlan);
}

/** What the EMR says where the kit speaks for it. */
export interface EmrTexts {
  readonly throttled: string;
  readonly timeout: string;
  readonly failure: string;
  readonly lostConnectivity: string;
}

export type SettingValues = Readonly<Record<string, string | number | boolean>>;

/** What a handler may touch. On a stale read `db` is the past and refuses writes. */
export interface Scene<Tables extends TableSet, Settings extends SettingValues> {
  readonly db: Database<Tables>;
  readonly ledger: Ledger;
  readonly settings: Settings;
  /** Milliseconds since the epoch at the time of performing. */
  readonly now: number;
  /** The token in `Authorization: Bearer`, when the authorization server has issued it and it is good at this moment. */
  readonly token: (request: EmrRequest) => BearerToken | undefined;
  /** A fault of {@link Emulation.faults} that this request has met. */
  readonly fault?: FaultOrder | undefined;
}

export interface Call<Tables extends TableSet, Settings extends SettingValues>
  extends Scene<Tables, Settings> {
  readonly request: EmrRequest;
  /** Decoded `{named}` segments. */
  readonly path: Readonly<Record<string, string>>;
}

export interface EmrRoute<Tables extends TableSet, Settings extends SettingValues> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `basePath`, e.g. `/appointments/{AptNum}`. */
  readonly template: `/${string}`;
  readonly effect: 'read' | 'write';
  readonly handle: (call: Call<Tables, Settings>) => EmrAnswer;
}

/** At most one request of `key` starts in `gapMs`; up to `queue` wait their turn, further ones are turned away. */
export interface Pace {
  readonly key: string;
  readonly gapMs: number;
  readonly queue: number;
  /** A caller that has waited this long is answered 504; its request is still performed in its turn. */
  readonly patienceMs: number;
}

/** What an EMR sends of its own accord. Both are performed as one transaction each. */
export interface MessagePlan<Tables extends TableSet, Settings extends SettingValues> {
  /** All that is to be sent by now; one that is on its way is told again and not sent again. */
  readonly due: (scene: Scene<Tables, Settings>) => readonly Message[];
  /** What came back: a status and a body, or undefined when nobody answered in ten seconds. */
  readonly settle: (
    scene: Scene<Tables, Settings>,
    message: Message,
    reply: { readonly status: number; readonly body: string } | undefined,
  ) => void;
}

export interface Message {
  /** Tells messages apart; the same for every attempt at one. */
  readonly id: string;
  readonly method: 'GET' | 'POST';
  /** On loopback; anything else is told as unanswered. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Thrown by a handler: nothing of this request is kept and `answer` is sent. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly answer: EmrAnswer;
  constructor(answer: EmrAnswer) {
    super(`refused with ${answer.status}`);
    this.answer = answer;
  }
}

/** A JSON answer. */
export function json(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): EmrAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(value),
  };
}

/** The same answer with a `Retry-After` header, in seconds (RFC 9110 §10.2.3). */
export function withRetryAfter(answer: EmrAnswer, seconds: number): EmrAnswer {
  return { ...answer, headers: { ...answer.headers, 'retry-after': String(seconds) } };
}
