import type { BudgetFacts } from '#scheduling/call-budgets.ts';

/** e.g. `123 of 500 in the hour until 2027-03-04T11:00:00.000Z`; undefined where the EMR counts no calls. */
export function callsInWords(calls: BudgetFacts | undefined): string | undefined {
  if (calls === undefined) return undefined;
  const { used, limit, left, window, endsAt, agreed } = calls;
  const closed = left === 0 && used < limit ? ', and the EMR takes no more for now' : '';
  const whose = agreed ? ', as agreed on' : '';
  return `${used} of ${limit} in the ${window} until ${new Date(endsAt).toISOString()}${whose}${closed}`;
}
