import type { Secret } from '#vault/secret.ts';
import type { RotationProfile, TokenGrant } from '#vault/token-grant.ts';
import type { TestServer } from './authorization-server.ts';

/**
 * Where the answer to one use of a refresh token is.
 *
 * - `coming`: the request is under way, or the answer is in the memory of a process that lives.
 * - `kept`: on the disk of its process.
 * - `stored`: the row had it.
 * - `lost`: nobody has it, and nobody can.
 */
type Fate = 'coming' | 'kept' | 'stored' | 'lost';

export interface Use {
  readonly token: string;
  readonly by: object;
  readonly folder: string;
  readonly at: number;
  next: string | undefined;
  fate: Fate;
}

/** Less than the vault's horizon of 15 s, by the two that it has to spare. */
const horizonMs = 13_000;

/**
 * Knows of every refresh token where the answer to its use is, and objects when one is sent that may still be answered:
 * of a `strict` server always, else where the server would take it for a theft.
 */
export class Ledger {
  readonly violations: string[] = [];
  readonly #uses: Use[] = [];
  readonly #server: TestServer;
  readonly #profile: RotationProfile;
  readonly #clock: () => number;

  constructor(server: TestServer, clock: () => number) {
    this.#server = server;
    this.#profile = server.profile;
    this.#clock = clock;
  }

  /** A process' way to the server. @param hold resolves when the answer may arrive */
  watch(grant: TokenGrant, by: object, folder: string, hold: () => Promise<void>): TokenGrant {
    return {
      ...grant,
      refresh: async (token) => {
        if (token === undefined) return grant.refresh(token);
        this.#judge(token, by, folder);
        const use: Use = {
          token: token.reveal(),
          by,
          folder,
          at: this.#clock(),
          next: undefined,
          fate: 'coming',
        };
        this.#uses.push(use);
        try {
          const answer = await grant.refresh(token).finally(hold);
          if (answer.refreshToken === undefined || answer.refreshToken === use.token)
            this.#uses.splice(this.#uses.indexOf(use), 1);
          else use.next = answer.refreshToken;
          return answer;
        } catch (error) {
          use.fate = 'lost';
          throw error;
        }
      },
    };
  }

  /** The newest answer that this process has in its memory is on its disk. */
  kept(by: object): void {
    const use = this.#uses.findLast((each) => each.by === by && each.fate === 'coming');
    if (use) use.fate = 'kept';
  }

  /** The row has this refresh token. */
  stored(token: Secret): void {
    for (const use of this.#uses) if (use.next === token.reveal()) use.fate = 'stored';
  }

  /** What the process had in its memory only is gone. */
  forgotten(by: object): void {
    for (const use of this.#uses) if (use.by === by && use.fate === 'coming') use.fate = 'lost';
  }

  #judge(token: Secret, by: object, folder: string): void {
    if (this.#profile !== 'strict' && !this.#server.wouldEnd(token)) return;
    for (const use of this.#uses) {
      if (use.token !== token.reveal() || use.fate === 'lost') continue;
      const isAway = use.by !== by && use.folder !== folder && this.#clock() >= use.at + horizonMs;
      const isOutOfTime = use.fate === 'coming' && use.by !== by && this.#clock() >= use.at + horizonMs;
      if (use.fate !== 'stored' && (isAway || isOutOfTime)) continue;
      this.violations.push(`A refresh token is sent again whose answer is ${use.fate}.`);
    }
  }
}
