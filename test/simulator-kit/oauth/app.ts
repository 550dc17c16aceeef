import assert from 'node:assert/strict';
import * as client from 'openid-client';
import { openBrowser, type Page } from './browser.ts';

export const CALLBACK = 'http://127.0.0.1:1/callback';
export const SCOPE = 'openid fhirUser offline_access user/Visit.rs user/Visit.c';

/** An app of the toy clinic, by a client library that checks what it is told. */
export async function openApp(origin: string, options: Partial<AppOptions> = {}): Promise<App> {
  const {
    clientId = 'gateway',
    authentication = client.ClientSecretBasic('a secret: with + signs/'),
    issuer = '/toy/oauth2',
  } = options;
  const config = await client.discovery(new URL(origin + issuer), clientId, undefined, authentication, {
    execute: [client.allowInsecureRequests],
  });
  const ask: App['ask'] = async (changes = {}) => {
    const verifier = client.randomPKCECodeVerifier();
    const state = client.randomState();
    const nonce = client.randomNonce();
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: CALLBACK,
      scope: SCOPE,
      aud: `${origin}/api`,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
    });
    for (const [name, value] of Object.entries(changes)) {
      if (value === undefined) url.searchParams.delete(name);
      else url.searchParams.set(name, value);
    }
    const asksForIdentity = (url.searchParams.get('scope') ?? '').split(' ').includes('openid');
    if (!asksForIdentity) url.searchParams.delete('nonce');
    const exchange: Asked['exchange'] = (callback) =>
      client.authorizationCodeGrant(config, callback, {
        pkceCodeVerifier: verifier,
        expectedState: state,
        ...(asksForIdentity ? { expectedNonce: nonce, idTokenExpected: true } : {}),
      });
    return { url, exchange };
  };
  const allow: App['allow'] = async (changes) => {
    const asked = await ask(changes);
    const page = await walk(asked.url);
    assert.ok(page.url.href.startsWith(CALLBACK), page.text);
    return { ...asked, callback: page.url };
  };
  return {
    config,
    ask,
    allow,
    async connect(changes) {
      const { callback, exchange } = await allow(changes);
      return exchange(callback);
    },
    refresh: (token) => client.refreshTokenGrant(config, token),
  };
}

/** Signs in as the person who is filled in and presses `last`. */
export async function walk(url: URL, last = 'Allow'): Promise<Page> {
  const browser = openBrowser();
  const signIn = await browser.go(url);
  if (!signIn.text.includes('Sign in')) return signIn;
  const consent = await browser.press(signIn, 'Sign in');
  return browser.press(consent, last);
}

/** What went wrong at the token endpoint, as `status error`. */
export async function refusalOf(answer: Promise<unknown>): Promise<string> {
  try {
    await answer;
  } catch (error) {
    if (error instanceof client.ResponseBodyError) return `${error.status} ${error.error}`;
    if (error instanceof client.WWWAuthenticateChallengeError) return `${error.status} challenge`;
    throw error;
  }
  return assert.fail('It was not refused.');
}

export interface AppOptions {
  readonly clientId: string;
  readonly authentication: client.ClientAuth;
  /** Path. */
  readonly issuer: string;
}
export interface App {
  readonly config: client.Configuration;
  /** An authorization request that nobody has answered; `undefined` leaves a parameter out. */
  ask(changes?: Readonly<Record<string, string | undefined>>): Promise<Asked>;
  /** One that a person has allowed. */
  allow(changes?: Readonly<Record<string, string | undefined>>): Promise<Asked & { readonly callback: URL }>;
  /** The tokens of one that a person has allowed. */
  connect(changes?: Readonly<Record<string, string | undefined>>): Promise<Tokens>;
  refresh(token: string): Promise<Tokens>;
}
export interface Asked {
  readonly url: URL;
  exchange(callback: URL): Promise<Tokens>;
}
export type Tokens = Awaited<ReturnType<typeof client.authorizationCodeGrant>>;
