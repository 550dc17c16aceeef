import type { Tx } from './database.ts';

/** One invitation of a practice to connect its EMR. */
export interface ConnectLink {
  readonly linkId: string;
  /** The connection that it makes or renews. */
  readonly connectionId: string;
  /** Id of the adapter. */
  readonly adapter: string;
  readonly kind: 'vendor' | 'vendor-sandbox' | 'simulator';
  /** Exact origin and base path of the EMR; undefined until the practice has named it. */
  readonly origin: string | undefined;
  /** Our registration there; undefined for a key, or until it is approved. */
  readonly context: string | undefined;
  /** Of the adapter, as whoever made the link knew them: filled in on its page. */
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  readonly codeHash: Buffer;
  readonly wrongCodes: number;
  /** Name of the person who made it. */
  readonly madeBy: string;
  readonly expiresAt: Date;
  /** Hash of what the one browser holds that entered the code. */
  readonly sessionHash: Buffer | undefined;
  /** `used`: it connected. `codes`: too many wrong ones. `withdrawn`: its connection was disconnected or disabled. */
  readonly endCode: 'used' | 'codes' | 'withdrawn' | undefined;
}

const columns = [
  'link_id',
  'connection_id',
  'adapter',
  'kind',
  'origin',
  'context',
  'settings',
  'code_hash',
  'wrong_codes',
  'made_by',
  'expires_at',
  'session_hash',
  'end_code',
] as const;

interface Row {
  link_id: string;
  connection_id: string;
  adapter: string;
  kind: ConnectLink['kind'];
  origin: string | null;
  context: string | null;
  settings: ConnectLink['settings'];
  code_hash: Buffer;
  wrong_codes: number;
  made_by: string;
  expires_at: Date;
  session_hash: Buffer | null;
  end_code: NonNullable<ConnectLink['endCode']> | null;
}

export interface LinkKey {
  readonly practiceId: string;
  readonly linkId: string;
}

/** Practice and id of a link by the hash of its token, before any practice is known: inside `withoutPractice`. */
export function linkOfToken(tx: Tx, tokenHash: Buffer): Promise<LinkKey | undefined> {
  return linkOf(tx, 'connect_link_of_token', tokenHash);
}

/** Practice and id of the link that a browser is bound to, before any practice is known: inside `withoutPractice`. */
export function linkOfSession(tx: Tx, sessionHash: Buffer): Promise<LinkKey | undefined> {
  return linkOf(tx, 'connect_link_of_session', sessionHash);
}

async function linkOf(
  tx: Tx,
  find: 'connect_link_of_token' | 'connect_link_of_session',
  hash: Buffer,
): Promise<LinkKey | undefined> {
  const { rows } = await tx.raw<{ rows: { practice_id: string; link_id: string }[] }>(
    `select practice_id, link_id from ${find}(?)`,
    [hash],
  );
  const row = rows[0];
  return row && { practiceId: row.practice_id, linkId: row.link_id };
}

export async function insertLink(
  tx: Tx,
  practiceId: string,
  link: Omit<ConnectLink, 'wrongCodes' | 'sessionHash' | 'endCode'> & {
    readonly tokenHash: Buffer;
    readonly createdAt: Date;
  },
): Promise<void> {
  await tx('connect_link').insert({
    practice_id: practiceId,
    link_id: link.linkId,
    token_hash: link.tokenHash,
    code_hash: link.codeHash,
    connection_id: link.connectionId,
    adapter: link.adapter,
    kind: link.kind,
    origin: link.origin ?? null,
    context: link.context ?? null,
    settings: JSON.stringify(link.settings),
    made_by: link.madeBy,
    expires_at: link.expiresAt,
    created_at: link.createdAt,
  });
}

export function readLink(tx: Tx, linkId: string): Promise<ConnectLink | undefined> {
  return read(tx, linkId, false);
}

/** The same, and whoever else wants to change it waits until this transaction ends. */
export function lockLink(tx: Tx, linkId: string): Promise<ConnectLink | undefined> {
  return read(tx, linkId, true);
}

async function read(tx: Tx, linkId: string, locking: boolean): Promise<ConnectLink | undefined> {
  const query = tx('connect_link')
    .select(...columns)
    .where({ link_id: linkId })
    .first();
  const row: Row | undefined = await (locking ? query.forUpdate() : query);
  return (
    row && {
      linkId: row.link_id,
      connectionId: row.connection_id,
      adapter: row.adapter,
      kind: row.kind,
      origin: row.origin ?? undefined,
      context: row.context ?? undefined,
      settings: row.settings,
      codeHash: row.code_hash,
      wrongCodes: row.wrong_codes,
      madeBy: row.made_by,
      expiresAt: row.expires_at,
      sessionHash: row.session_hash ?? undefined,
      endCode: row.end_code ?? undefined,
    }
  );
}

/** Counts a wrong code. To be called with the link locked. */
export async function countWrongCode(tx: Tx, linkId: string): Promise<void> {
  await tx('connect_link')
    .where({ link_id: linkId })
    .update({ wrong_codes: tx.raw('wrong_codes + 1') });
}

/** Binds the link to one browser, unless it is bound: then this changes nothing and says false. */
export async function bindLink(tx: Tx, linkId: string, sessionHash: Buffer): Promise<boolean> {
  const bound = await tx('connect_link')
    .where({ link_id: linkId })
    .whereNull('session_hash')
    .update({ session_hash: sessionHash });
  return bound === 1;
}

/** Says where the EMR is that the practice has named. */
export async function aimLink(
  tx: Tx,
  linkId: string,
  at: { readonly origin: string; readonly context: string | undefined },
): Promise<void> {
  await tx('connect_link')
    .where({ link_id: linkId })
    .update({ origin: at.origin, context: at.context ?? null });
}

export async function endLink(
  tx: Tx,
  linkId: string,
  endCode: NonNullable<ConnectLink['endCode']>,
  at: Date,
): Promise<void> {
  await tx('connect_link')
    .where({ link_id: linkId })
    .whereNull('ended_at')
    .update({ ended_at: at, end_code: endCode });
}

/** A link that was used works again: what it was used for did not come about. */
export async function reopenLink(tx: Tx, linkId: string): Promise<void> {
  await tx('connect_link')
    .where({ link_id: linkId, end_code: 'used' })
    .update({ ended_at: null, end_code: null });
}

/** Ends all links of a connection that are open. */
export async function withdrawLinks(tx: Tx, connectionId: string, at: Date): Promise<void> {
  await tx('connect_link')
    .where({ connection_id: connectionId })
    .whereNull('ended_at')
    .update({ ended_at: at, end_code: 'withdrawn' });
}

/** Forgets links that expired before; resolves to how many. For a job. */
export function purgeLinks(tx: Tx, expiredBefore: Date): Promise<number> {
  return tx('connect_link').where('expires_at', '<', expiredBefore).delete();
}
