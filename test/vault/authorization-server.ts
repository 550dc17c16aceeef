import { randomUUID } from 'node:crypto';
import { OAuthFailure, ourFailure, tokenEndpointFailure } from '#oauth/oauth-failure.ts';
import { judgeScopes } from '#oauth/scope-verdict.ts';
import type { TokenAnswer } from '#oauth/token-answer.ts';
import type { Secret } from '#vault/secret.ts';
import { Secret as SecretValue } from '#vault/secret.ts';
import type { NewGrant, RotationProfile, TokenGrant } from '#vault/token-grant.ts';

/** What happens to the next request instead of an ordinary answer. */
export type Fault =
  /** It never arrives. */
  | 'lost-request'
  /** It is performed, and nobody hears the answer. */
  | 'lost-answer'
  | 'busy'
  | 'our-fault'
  | 'invalid-grant'
  | 'unbelievable'
  | OAuthFailure
  /** Runs after the request was performed and before it is answered. */
  | (() => void | Promise<void>);

/**
 * An authorization server in memory that takes rotation seriously: a refresh token that is used twice ends its family
 * (`strict`), or is taken for a minute (`grace`), or never changes (`reused`).
 */
export class TestServer {
  readonly profile: RotationProfile;
  url = `https://as-${randomUUID()}.example`;
  lifeSeconds = 3_600;
  scope: string | undefined = 'user/Appointment.crus user/Slot.rs';
  /** Answers without a refresh token, as a server may that keeps the old one. */
  omitsRefreshToken = false;
  readonly faults: Fault[] = [];
  /** One entry a request that arrived. */
  readonly requests: ('refreshed' | 'refused')[] = [];
  readonly revoked: string[] = [];
  familiesEnded = 0;
  #clock: () => number;
  /** Refresh token → its family and when it was used. */
  readonly #tokens = new Map<string, { family: Family; usedAt: number | undefined }>();
  readonly #access = new Map<string, Family>();

  constructor(profile: RotationProfile, clock: () => number) {
    this.profile = profile;
    this.#clock = clock;
  }

  /** A person has consented. */
  consent(): NewGrant {
    const family = { ended: false };
    return {
      accessToken: new SecretValue(this.#accessToken(family)),
      expiresInSeconds: this.lifeSeconds,
      refreshToken: new SecretValue(this.#refreshToken(family)),
      scopes: (this.scope ?? '').split(' '),
      server: this.url,
    };
  }

  /** Would the EMR take this access token? */
  takes(token: Secret): boolean {
    return this.#access.get(token.reveal())?.ended === false;
  }

  grant(): TokenGrant {
    return {
      server: this.url,
      profile: this.profile,
      refresh: (token) => this.#refresh(token?.reveal()),
      judge: (granted) => judgeScopes({ requested: policy.atMost, granted, policy }),
    };
  }

  async #refresh(token: string | undefined): Promise<TokenAnswer> {
    const fault = this.faults.shift();
    if (fault === 'lost-request') throw ourFailure('timeout');
    if (fault === 'busy') throw ourFailure('throttled', { status: 429, retryAfterSeconds: 7 });
    if (fault === 'our-fault') throw tokenEndpointFailure('invalid_client');
    if (fault === 'invalid-grant') throw tokenEndpointFailure('invalid_grant');
    if (fault instanceof OAuthFailure) throw fault;
    const answer = this.#perform(token);
    if (fault === 'lost-answer') throw ourFailure('timeout');
    if (fault === 'unbelievable') throw ourFailure('token-type');
    await fault?.();
    return answer;
  }

  #perform(token: string | undefined): TokenAnswer {
    const known =
      token === undefined ? { family: { ended: false }, usedAt: undefined } : this.#tokens.get(token);
    const lateness = this.#clock() - (known?.usedAt ?? this.#clock());
    const isReplay =
      this.profile === 'strict' ? known?.usedAt !== undefined : this.profile === 'grace' && lateness > 60_000;
    if (known === undefined || known.family.ended || isReplay) {
      if (known !== undefined && !known.family.ended) {
        known.family.ended = true;
        this.familiesEnded += 1;
      }
      this.requests.push('refused');
      throw tokenEndpointFailure('invalid_grant', { status: 400 });
    }
    known.usedAt ??= this.#clock();
    this.requests.push('refreshed');
    const rotated = this.profile !== 'reused' && token !== undefined && !this.omitsRefreshToken;
    if (this.omitsRefreshToken) known.usedAt = undefined;
    return {
      accessToken: this.#accessToken(known.family),
      tokenType: 'Bearer',
      expiresInSeconds: this.lifeSeconds,
      ...(rotated && { refreshToken: this.#refreshToken(known.family) }),
      ...(this.scope !== undefined && { scope: this.scope }),
    };
  }

  #accessToken(family: Family): string {
    const token = `at-${randomUUID()}`;
    this.#access.set(token, family);
    return token;
  }

  #refreshToken(family: Family): string {
    const token = `rt-${randomUUID()}`;
    this.#tokens.set(token, { family, usedAt: undefined });
    return token;
  }
}

interface Family {
  ended: boolean;
}

const policy = {
  atMost: ['user/Appointment.crus', 'user/Slot.rs'],
  requiredReads: ['user/Slot.rs'],
  bookingWrites: ['user/Appointment.crus'],
};
