import { createHash } from 'node:crypto';
import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { z } from 'zod';
import { Failure } from '#domain/failure.ts';

export interface TokenVerifierOptions {
  readonly issuer: string;
  readonly audience: string;
  /** The key of a `kid`, undefined when there is none. */
  readonly keys: { verificationKey(keyId: string): Promise<VerificationKey | undefined> };
  readonly clock: () => Date;
}

type VerificationKey = Awaited<ReturnType<JWTVerifyGetKey>>;

const claimsOf = z.object({
  practice_id: z.uuid(),
  agent_id: z.uuid(),
  jti: z.string().min(1),
  scope: z.string().min(1),
  exp: z.number(),
});
export type TokenClaims = z.infer<typeof claimsOf>;

/** Milliseconds for which a verified token is known by its hash: checking the signature costs more than a search. */
const known = { milliseconds: 30_000, most: 10_000 } as const;

/**
 * Verifies JWT access tokens as RFC 9068 §4 wants it: type, algorithm, issuer, audience, signature by a key of ours, not
 * expired; and our own claims. Whether the agent may still call is another question.
 *
 * @throws Failure `invalid-token`
 */
export function createTokenVerifier(options: TokenVerifierOptions): (token: string) => Promise<TokenClaims> {
  const verified = new Map<string, { readonly claims: TokenClaims; readonly until: number }>();
  return async (token) => {
    const now = options.clock();
    const digest = createHash('sha256').update(token).digest('base64');
    const before = verified.get(digest);
    if (before && before.until > now.getTime()) return before.claims;
    const claims = await verify(token, options, now);
    if (verified.size >= known.most) verified.clear();
    const until = Math.min(claims.exp * 1_000, now.getTime() + known.milliseconds);
    verified.set(digest, { claims, until });
    return claims;
  };
}

async function verify(token: string, options: TokenVerifierOptions, now: Date): Promise<TokenClaims> {
  let payload: JWTPayload;
  try {
    ({ payload } = await jwtVerify(token, keyOf(options), {
      issuer: options.issuer,
      audience: options.audience,
      algorithms: ['ES256'],
      typ: 'at+jwt',
      requiredClaims: ['exp', 'iat', 'sub', 'client_id', 'jti'],
      currentDate: now,
    }));
  } catch (error) {
    // What jose objects to is the token's fault; anything else, such as a database that is away, is ours.
    if (error instanceof errors.JOSEError) throw new Failure('invalid-token');
    throw error;
  }
  const claims = claimsOf.safeParse(payload);
  if (!claims.success) throw new Failure('invalid-token');
  return claims.data;
}

function keyOf({ keys }: TokenVerifierOptions): JWTVerifyGetKey {
  return async ({ kid }) => {
    const key = kid === undefined ? undefined : await keys.verificationKey(kid);
    if (!key) throw new errors.JWKSNoMatchingKey();
    return key;
  };
}
