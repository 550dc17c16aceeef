import type { Tx } from './database.ts';

/** Records one use of the command line with the person who is answerable for it. */
export async function insertOperatorAction(
  tx: Tx,
  action: { actionId: string; person: string; command: string; subject: string | undefined; outcome: string },
): Promise<void> {
  await tx('operator_action').insert({
    action_id: action.actionId,
    person: action.person,
    command: action.command,
    subject: action.subject ?? null,
    outcome: action.outcome,
  });
}
