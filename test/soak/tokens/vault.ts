import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { OAuthClient } from '#oauth/client.ts';
import type { Fetch } from '#oauth/exchange.ts';
import { refreshGrant } from '#oauth/refresh-grant.ts';
import { judgeScopes } from '#oauth/scope-verdict.ts';
import { openDatabase } from '#store/database.ts';
import { insertOutboxEvent } from '#store/outbox.ts';
import { saveRefreshed } from '#store/token-outcomes.ts';
import { readToken } from '#store/tokens.ts';
import { parseKeyRing } from '#vault/key-ring.ts';
import { createVault } from '#vault/practice-vault.ts';
import { Secret } from '#vault/secret.ts';
import { createSpillJournal } from '#vault/spill-journal.ts';
import type { Access } from '#vault/token-cache.ts';
import type { TokenEvent, TokenGrant } from '#vault/token-grant.ts';
import { freshUntil } from '#vault/token-life.ts';
import { openToken, sealTokens } from '#vault/token-seal.ts';
import { createTokenVault, type TokenVault } from '#vault/token-vault.ts';

/** What every process of the soak needs to have a vault of its own. */
export interface VaultSettings {
  readonly worker: number;
  readonly databaseUrl: string;
  readonly keys: string;
  readonly spillFolder: string;
  readonly gateUrl: string;
  readonly clientSecret: string;
}

export interface SoakVault {
  readonly tokens: TokenVault;
  readonly database: ReturnType<typeof openDatabase>;
  /** Like the vault's, without knowing of any other process. */
  readonly naive: Pick<TokenVault, 'access'>;
  close(): Promise<void>;
}

/** As a gateway puts it together, with an authorization server behind the gate for every connection. */
export function openSoakVault(settings: VaultSettings, report: (event: TokenEvent) => void): SoakVault {
  const { databaseUrl: url } = settings;
  const database = openDatabase({ url, kind: 'server', poolSize: 4 });
  const locks = openDatabase({ url, kind: 'server', poolSize: 4 });
  const clock = Date.now;
  const vault = createVault({ keyRing: parseKeyRing(settings.keys), database, clock, random: randomBytes });
  const journal = createSpillJournal(settings.spillFolder);
  const grantOf = async (_practice: string, connection: string): Promise<TokenGrant> =>
    grantAt(settings, connection);
  const tokens = createTokenVault({
    database,
    locks,
    vault,
    journal,
    grantOf,
    onChange: (tx, practice, change) =>
      insertOutboxEvent(tx, practice, {
        eventId: randomUUID(),
        type: 'connection.changed',
        subject: { connection: change.connectionId, change: change.is },
      }),
    revoke: async () => {},
    report,
    clock,
    sleep: (ms) => delay(ms),
    random: Math.random,
    newId: randomUUID,
    // Nothing is spared: tokens live for two seconds.
    limits: { perServer: 1_000, sweepMs: 500 },
  });

  const known = new Map<string, { access: Access; until: number }>();
  const naive: SoakVault['naive'] = {
    async access(practice, connection) {
      const cached = known.get(connection);
      if (cached && Date.now() < cached.until) return cached.access;
      const { row, keys } = await database.withPractice(practice, async (tx) => ({
        row: await readToken(tx, connection, 'none'),
        keys: await vault.forPractice(tx, practice),
      }));
      if (row === undefined) throw new Error('There is no grant.');
      const life = { issuedAt: row.issuedAt.getTime(), expiresAt: row.expiresAt.getTime() };
      const keep = (access: Access, until: number): Access => {
        known.set(connection, { access, until });
        return access;
      };
      if (Date.now() < freshUntil(life)) {
        const token = openToken(keys, row, 'access') ?? new Secret('');
        return keep({ token, version: row.version, scopes: row.scopes }, freshUntil(life));
      }
      const answer = await grantAt(settings, connection).refresh(openToken(keys, row, 'refresh'));
      const issuedAt = Date.now();
      const fresh = { issuedAt, expiresAt: issuedAt + answer.expiresInSeconds * 1_000 };
      const token = new Secret(answer.accessToken);
      await database.withPractice(practice, (tx) =>
        saveRefreshed(
          tx,
          row,
          {
            ...sealTokens(keys, connection, row.version + 1, {
              access: token,
              refresh: new Secret(answer.refreshToken ?? ''),
              previousRefresh: undefined,
              previousUntil: undefined,
              issuedAt: new Date(issuedAt),
              expiresAt: new Date(fresh.expiresAt),
              refreshAfter: new Date(fresh.expiresAt),
              scopes: row.scopes,
            }),
            attemptId: randomUUID(),
            startedAt: new Date(issuedAt),
            forced: false,
          },
          new Date(),
        ),
      );
      return keep({ token, version: row.version + 1, scopes: row.scopes }, freshUntil(fresh));
    },
  };
  return {
    tokens,
    database,
    naive,
    async close() {
      await journal.close();
      await locks.close();
      await database.close();
    },
  };
}

function grantAt({ gateUrl, worker, clientSecret }: VaultSettings, connection: string): TokenGrant {
  const client: OAuthClient = {
    server: {
      issuer: 'https://soak.example',
      token_endpoint: `${gateUrl}/token/${worker}/${connection}`,
      grant_types_supported: [],
      code_challenge_methods_supported: [],
      token_endpoint_auth_methods_supported: [],
      token_endpoint_auth_signing_alg_values_supported: [],
      authorization_response_iss_parameter_supported: false,
      capabilities: [],
    },
    clientId: 'postern',
    authentication: { method: 'client_secret_basic', clientSecret },
    fetch: ask,
    clock: Date.now,
    random: randomBytes,
    shortestLifeSeconds: 1,
    simulator: true,
  };
  return {
    server: client.server.issuer,
    profile: 'strict',
    refresh: (token) => refreshGrant(client, token?.reveal() ?? ''),
    judge: (granted) => judgeScopes({ requested: policy.atMost, granted, policy }),
  };
}

const ask: Fetch = (url, init) => fetch(url, init);

const policy = {
  atMost: ['user/Slot.rs', 'user/Appointment.crus'],
  requiredReads: ['user/Slot.rs'],
  bookingWrites: ['user/Appointment.crus'],
};
