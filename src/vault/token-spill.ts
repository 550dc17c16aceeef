import { z } from 'zod';
import type { ScopeVerdict } from '#oauth/scope-verdict.ts';
import type { RefreshAttempt } from '#store/refresh-attempts.ts';
import type { SealContext } from './envelope.ts';
import type { PracticeVault } from './practice-vault.ts';
import { Secret } from './secret.ts';
import { lineOf, type SpillLine } from './spill-line.ts';
import type { LooseTokens } from './token-grant.ts';
import type { OpenTokens } from './token-seal.ts';

/** The result of a refresh, whole: what is needed to store it without asking anybody. */
export interface RefreshResult {
  readonly attempt: RefreshAttempt;
  readonly forced: boolean;
  readonly verdict: ScopeVerdict;
  readonly tokens: OpenTokens;
}

/** Its tokens, where nobody may use them. */
export function looseOf({ attempt, tokens }: Pick<RefreshResult, 'attempt' | 'tokens'>): LooseTokens {
  const { startedAt, server } = attempt;
  return { askedAt: startedAt, server, accessToken: tokens.access, refreshToken: tokens.refresh };
}

/**
 * A result as a line of the journal: sealed with the practice's key for this connection and version, as one value, so
 * that neither its dates nor its epoch can be edited. Its kind is its own: what stands in a journal does not open in a
 * column.
 */
export function sealResult(keys: PracticeVault, practice: string, result: RefreshResult): string {
  const { attempt, tokens, forced, verdict } = result;
  const line = {
    practice,
    connection: attempt.connectionId,
    version: attempt.fromVersion + 1,
    attempt: attempt.attemptId,
  };
  const plain = {
    attempt: attempt.attemptId,
    epoch: attempt.epoch,
    server: attempt.server,
    holder: attempt.holder,
    startedAt: attempt.startedAt.getTime(),
    forced,
    verdict,
    access: tokens.access.reveal(),
    refresh: tokens.refresh?.reveal(),
    previousRefresh: tokens.previousRefresh?.reveal(),
    issuedAt: tokens.issuedAt.getTime(),
    expiresAt: tokens.expiresAt.getTime(),
    previousUntil: tokens.previousUntil?.getTime(),
    refreshAfter: tokens.refreshAfter.getTime(),
    scopes: [...tokens.scopes],
  } satisfies z.infer<typeof schema>;
  return lineOf({ ...line, sealed: keys.seal(placeOf(line), JSON.stringify(plain)) });
}

/** @throws VaultError for a line that was not sealed for what it says it is */
export function openResult(keys: PracticeVault, line: SpillLine): RefreshResult {
  const plain = schema.parse(JSON.parse(keys.open(placeOf(line), line.sealed).reveal()));
  const { refresh, previousRefresh, previousUntil } = plain;
  return {
    attempt: {
      attemptId: plain.attempt,
      connectionId: line.connection,
      fromVersion: line.version - 1,
      epoch: plain.epoch,
      server: plain.server,
      holder: plain.holder,
      startedAt: new Date(plain.startedAt),
    },
    forced: plain.forced,
    verdict: plain.verdict,
    tokens: {
      access: new Secret(plain.access),
      refresh: refresh === undefined ? undefined : new Secret(refresh),
      previousRefresh: previousRefresh === undefined ? undefined : new Secret(previousRefresh),
      issuedAt: new Date(plain.issuedAt),
      expiresAt: new Date(plain.expiresAt),
      previousUntil: previousUntil === undefined ? undefined : new Date(previousUntil),
      refreshAfter: new Date(plain.refreshAfter),
      scopes: plain.scopes,
    },
  };
}

function placeOf({ connection, version }: Pick<SpillLine, 'connection' | 'version'>): SealContext {
  return { row: connection, kind: 'spill', version };
}

const scopes = z.array(z.string());
// Sealed by ourselves: whoever can forge this has the practice's key.
const verdict = z.custom<ScopeVerdict>((value) => typeof value === 'object' && value !== null);
const instant = z.int();
const schema = z.object({
  attempt: z.string(),
  epoch: z.int(),
  server: z.string(),
  holder: z.string(),
  startedAt: instant,
  forced: z.boolean(),
  verdict,
  access: z.string(),
  refresh: z.string().optional(),
  previousRefresh: z.string().optional(),
  issuedAt: instant,
  expiresAt: instant,
  previousUntil: instant.optional(),
  refreshAfter: instant,
  scopes,
});
