import type { EmrAnswer } from '../emr-message.ts';

/**
 * The authorization server of a simulated EMR, as its vendor has set it up. Code flow with PKCE (S256, {@link proofKeys}),
 * `refresh_token` and `client_credentials`; played by the kit on the port of the EMR's API. Its clock is the machine's.
 *
 * Every path here begins with `/` and stands below the simulator's origin; addresses are that origin plus the path.
 */
export interface AuthorizationServerPlan {
  readonly paths: AuthorizationServerPaths;
  /** Whom the sign-in page greets and admits. The first user is filled in. */
  readonly signIn: SignIn;
  /** Apps that are registered from the start; `PUT /__sim/oauth/clients/{client_id}` adds and replaces. */
  readonly clients?: readonly RegisteredClient[];
  /** Ways to authenticate a client. */
  readonly clientAuthentication: readonly ClientAuthentication[];
  /** Whether id and secret are form-encoded inside HTTP Basic (RFC 6749 §2.3.1, the default) or sent as they are. */
  readonly basicCredentials?: 'form-encoded' | 'plain';
  /** JWS algorithms of client assertions, e.g. `['RS384', 'ES384']`. */
  readonly assertionAlgorithms?: readonly AssertionAlgorithm[];
  /** `by-address`: an app that signs must register a `jwks_uri`, and `jwks` is refused. Default `any`. */
  readonly clientKeys?: 'any' | 'by-address';
  readonly scopes: ScopePlan;
  /** The `aud` of an authorization request (SMART App Launch 2.2, standalone launch). */
  readonly audience: AudiencePlan;
  /** PKCE with S256: demanded of every app, checked where an app begins with it, or not known. Default `required`. */
  readonly proofKeys?: 'required' | 'accepted' | 'ignored';
  /** Life of a code in seconds. Default 60. */
  readonly codeSeconds?: number;
  /** Life of an access token in seconds; `PUT /__sim/oauth/settings` changes it. */
  readonly accessTokenSeconds: number;
  /** JSON type of `expires_in`. Default `number`. */
  readonly expiresIn?: 'number' | 'string';
  /** How often a client may ask the token endpoint. Default: as often as it likes. */
  readonly tokenLimit?: TokenLimit;
  /** Default 90 days. */
  readonly refreshTokenSeconds?: number;
  /**
   * What a refresh answers. `rotated`: a new refresh token, and using an old one revokes its whole family. `repeated`:
   * the same token again. `kept`: no refresh token at all, the client keeps the one it has.
   * `PUT /__sim/oauth/settings` changes it.
   */
  readonly refreshTokens: RefreshTokenPolicy;
  /** Which apps get a refresh token: those that were granted `offline_access` (the default), or `all` that may refresh. */
  readonly refreshTokensFor?: 'offline_access' | 'all';
  /** A refresh ends the access tokens of the same grant. Default false. */
  readonly refreshEndsAccessTokens?: boolean;
  /** What access tokens look like; a client has to treat both as opaque. Default `opaque`. */
  readonly accessTokenFormat?: 'opaque' | 'jwt';
  /** RFC 9207: whether the redirect back carries `iss` (and metadata say so). */
  readonly authorizationResponseIss: boolean;
  /**
   * An error of token, revocation or introspection endpoint in the vendor's manner. Pure. `status` and `code` are those
   * of RFC 6749 §5.2. Missing: `{error, error_description}`.
   */
  readonly error?: (status: number, code: string, request: OAuthRequest) => EmrAnswer;
  /** Parameters of an error redirect beside `state`. Pure. Missing: `error` and `error_description`. */
  readonly redirectError?: (code: string, request: OAuthRequest) => Readonly<Record<string, string>>;
  /** Members of a successful token answer beside those of OAuth and OpenID Connect (`patient`, `tenant`, …). Pure. */
  readonly tokenMembers?: (token: BearerToken) => Readonly<Record<string, unknown>>;
}

/** So many requests of a client are answered in each minute of the clock, whatever becomes of them. */
export interface TokenLimit {
  readonly perMinute: number;
  /** Of every answer of the token endpoint; `remaining` is never below 0. */
  readonly headers: (remaining: number) => Readonly<Record<string, string>>;
  readonly refusal: EmrAnswer;
}

export interface AuthorizationServerPaths {
  /** Issuer identifier, `''` for the origin itself; `…/.well-known/openid-configuration` is served below it. */
  readonly issuer: '' | `/${string}`;
  readonly authorize: `/${string}`;
  readonly token: `/${string}`;
  readonly jwks: `/${string}`;
  readonly revocation?: `/${string}`;
  readonly introspection?: `/${string}`;
  readonly userinfo?: `/${string}`;
}

export interface SignIn {
  /** Heading of the pages, e.g. `Harbor Clinic EMR`. */
  readonly title: string;
  readonly users: readonly [DemoUser, ...DemoUser[]];
}

/** An invented person who may sign in. */
export interface DemoUser {
  /** `subject` of the tokens. */
  readonly id: string;
  readonly name: string;
  readonly username: string;
  readonly password: string;
  /** Claim `fhirUser` of the id token; a path of the simulator gets its origin. */
  readonly fhirUser?: string;
}

/** A client as `PUT /__sim/oauth/clients/{client_id}` takes it, in the words of RFC 7591. */
export interface RegisteredClient {
  readonly client_id: string;
  /** Name on the consent page; missing: the `client_id`. */
  readonly client_name?: string;
  readonly client_secret?: string;
  readonly token_endpoint_auth_method: ClientAuthentication;
  /** Compared as exact strings. */
  readonly redirect_uris?: readonly string[];
  /** May be on loopback. */
  readonly jwks_uri?: string;
  readonly jwks?: { readonly keys: readonly object[] };
  /** Default `authorization_code` and `refresh_token`. */
  readonly grant_types?: readonly GrantType[];
  /** What may be granted, separated by spaces; missing: all that is offered. */
  readonly scope?: string;
}

export interface ScopePlan {
  /** Every scope the EMR knows, `openid` and `offline_access` included. Granted is: asked ∩ offered ∩ registered. */
  readonly offered: readonly string[];
  /** What a request without `scope` gets. Default `none`. */
  readonly whenAbsent?: 'none' | 'registered';
  /**
   * Asked before that: a reason to answer `invalid_scope`, or undefined to grant (and silently drop the rest). Pure. The
   * reason comes back as {@link OAuthRequest.reason}.
   */
  readonly refuse?: (request: ScopeRequest) => string | undefined;
}

export interface ScopeRequest {
  readonly grantType: Exclude<GrantType, 'refresh_token'>;
  readonly clientId: string;
  readonly asked: readonly string[];
  /** What would be granted. */
  readonly granted: readonly string[];
}

export interface AudiencePlan {
  /** Paths of the FHIR bases that are accepted; a slash at the end is not told apart. */
  readonly accepted: readonly `/${string}`[];
  readonly required: boolean;
  /** How a missing or wrong `aud` is answered: `invalid_request` back at the client, or a page for the person. */
  readonly refusal: 'redirect' | 'page';
}

/** What an error hook may know of the request that failed; never a credential. */
export interface OAuthRequest {
  readonly endpoint: 'authorize' | 'token' | 'revocation' | 'introspection';
  /** Origin of the simulator. */
  readonly origin: string;
  readonly path: string;
  /** As claimed; undefined when the request names none. */
  readonly clientId: string | undefined;
  readonly grantType: string | undefined;
  /** That of {@link ScopePlan.refuse}, or the server's own explanation. */
  readonly reason: string | undefined;
  /** A UUID of this request. */
  readonly id: string;
}

/** An access token as the server knows it. */
export interface BearerToken {
  readonly clientId: string;
  /** `id` of the user who allowed it; undefined for `client_credentials`. */
  readonly subject: string | undefined;
  readonly grantType: 'authorization_code' | 'client_credentials';
  /** Granted scopes, separated by spaces; '' when there are none. */
  readonly scope: string;
  readonly scopes: ReadonlySet<string>;
  /** The FHIR base it was asked for, as sent; undefined when none was. */
  readonly audience: string | undefined;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export type ClientAuthentication = 'none' | 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt';
export type GrantType = 'authorization_code' | 'refresh_token' | 'client_credentials';
export type AssertionAlgorithm = 'RS256' | 'RS384' | 'ES256' | 'ES384';
export type RefreshTokenPolicy = 'rotated' | 'repeated' | 'kept';
