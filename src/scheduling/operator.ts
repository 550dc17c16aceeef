import { Failure } from '#domain/failure.ts';
import { insertOperatorAction } from '#store/operator-actions.ts';
import { type Caller, nilAgent } from './caller.ts';
import { rowId } from './ids.ts';
import type { Scheduling } from './scheduling.ts';

/** A person of the operator before it is said for which practice. */
export type Operator = Omit<Caller, 'practiceId'>;

export interface OperatorUse {
  /** The name given with `--as`, by the grammar of {@link isPersonName}. */
  readonly person: string;
  /** Name of the command, without what was typed after it. */
  readonly command: string;
  /** Id of what it is about: practice, agent, connection or queue entry. Never a patient. */
  readonly subject: string | undefined;
}

/** Letters of any script, digits and what stands in names and addresses; no more than 80 characters. */
export function isPersonName(name: string): boolean {
  return /^[\p{L}\p{N}][\p{L}\p{M}\p{N} .,'’@_+-]{0,79}$/u.test(name);
}

/**
 * Records one use of the command line with the person who is answerable for it, then does it, then records how it
 * ended: `done`, or the code of the failure. The id of the first record is the request id of every audit event.
 *
 * @param work gets the operator, and a function to name the subject that it finds or makes
 * @throws Failure `audit-unavailable` when the use cannot be recorded; then nothing was done
 */
export async function recordUse<T>(
  on: Scheduling,
  use: OperatorUse,
  work: (operator: Operator, about: (subject: string) => void) => Promise<T>,
): Promise<T> {
  const requestId = rowId();
  let subject = use.subject;
  const write = async (actionId: string, outcome: string): Promise<void> => {
    try {
      await on.database.withoutPractice((tx) =>
        insertOperatorAction(tx, { ...use, actionId, subject, outcome }),
      );
    } catch (cause) {
      on.report({ event: 'audit.unavailable' });
      throw new Failure('audit-unavailable', { cause });
    }
  };

  await write(requestId, 'begun');
  // That it was begun is on record: an end that cannot be written raises the alert and hides nothing that was done.
  const end = (outcome: string) => write(rowId(), outcome).catch(() => {});
  const operator: Operator = {
    agentId: nilAgent,
    actor: `operator:${use.person}`,
    requestId,
    origin: 'cli',
  };
  try {
    const result = await work(operator, (id) => {
      subject = id;
    });
    await end('done');
    return result;
  } catch (error) {
    await end(error instanceof Failure ? error.code : 'failed');
    throw error;
  }
}
