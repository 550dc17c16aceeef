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
  /** It is performed, and the answer is not one to believe. */
  | 'unbelievable'
  | OAuthFailure
  /** An ordinary answer with something else in it, or less. */
  | Answering
  /** Runs after the request was performed and before it is answered. */
  | (() => void | Promise<void>);

export interface Answering {
  readonly scope?: string | undefined;
  readonly omitsRefreshToken?: boolean;
}

/** All tokens that one consent brought. */
export interface Family {
  ended: boolean;
}

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
  readonly #access = new Map<string, { family: Family; until: number }>();

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
    const known = this.#access.get(token.reveal());
    return known?.family.ended === false && this.#clock() < known.until;
  }

  familyOf(token: Secret): Family | undefined {
    return (this.#access.get(token.reveal()) ?? this.#tokens.get(token.reveal()))?.family;
  }

  /** RFC 7009 §2.1: with its refresh token a grant ends. */
  revoke(refreshToken: Secret | undefined): void {
    const family = refreshToken && this.familyOf(refreshToken);
    if (family) family.ended = true;
  }

  /** Whether the use of this refresh token would end a grant that lives. */
  wouldEnd(refreshToken: Secret): boolean {
    const known = this.#tokens.get(refreshToken.reveal());
    return known !== undefined && !known.family.ended && this.#isReplay(known.usedAt);
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
    const answer = this.#perform(token, typeof fault === 'object' ? { ...this, ...fault } : this);
    if (fault === 'lost-answer') throw ourFailure('timeout');
    if (fault === 'unbelievable')
      throw ourFailure('token-type', { lostRefreshToken: answer.refreshToken !== undefined });
    if (typeof fault === 'function') await fault();
    return answer;
  }

  #isReplay(usedAt: number | undefined): boolean {
    if (usedAt === undefined || this.profile === 'reused') return false;
    return this.profile === 'strict' || this.#clock() - usedAt > 60_000;
  }

  #perform(token: string | undefined, { scope, omitsRefreshToken }: Answering): TokenAnswer {
    const known =
      token === undefined ? { family: { ended: false }, usedAt: undefined } : this.#tokens.get(token);
    if (known === undefined || known.family.ended || this.#isReplay(known.usedAt)) {
      if (known !== undefined && !known.family.ended) {
        known.family.ended = true;
        this.familiesEnded += 1;
      }
      this.requests.push('refused');
      throw tokenEndpointFailure('invalid_grant', { status: 400 });
    }
    known.usedAt ??= this.#clock();
    this.requests.push('refreshed');
    const rotated = this.profile !== 'reused' && token !== undefined && !omitsRefreshToken;
    if (omitsRefreshToken) known.usedAt = undefined;
    return {
      accessToken: this.#accessToken(known.family),
      tokenType: 'Bearer',
      expiresInSeconds: this.lifeSeconds,
      ...(rotated && { refreshToken: this.#refreshToken(known.family) }),
      ...(scope !== undefined && { scope }),
    };
  }

  #accessToken(family: Family): string {
    const token = `at-${randomUUID()}`;
    this.#access.set(token, { family, until: this.#clock() + this.lifeSeconds * 1_000 });
    return token;
  }

  #refreshToken(family: Family): string {
    const token = `rt-${randomUUID()}`;
    this.#tokens.set(token, { family, usedAt: undefined });
    return token;
  }
}

const policy = {
  atMost: ['user/Appointment.crus', 'user/Slot.rs'],
  requiredReads: ['user/Slot.rs'],
  bookingWrites: ['user/Appointment.crus'],
};
