import { refuse } from '../outcome.ts';
import { matchesOf, type Searched } from '../search.ts';
import type { ClinicCall } from '../tables.ts';

/**
 * The id of what `If-None-Exist` finds (FHIR R4 §3.1.0.8.1), or undefined where nothing was asked or found.
 *
 * @throws Refusal 412 where several match, 400 where the server knows no conditional create
 */
export function existing<T extends { readonly id: string }>(
  call: ClinicCall,
  searched: Searched<T>,
): string | undefined {
  const condition = call.request.headers['if-none-exist'];
  if (condition === undefined) return undefined;
  const { conditionalCreate, withoutConditionalCreate } = call.settings;
  if (!conditionalCreate) {
    if (withoutConditionalCreate === 'ignore') return undefined;
    throw refuse(400, 'not-supported', 'There is no conditional create.');
  }
  // The match is looked for in an index that is behind.
  if (call.fault?.name === 'match-missed') return undefined;
  const [one, another] = matchesOf(call, searched, condition);
  if (another !== undefined) throw refuse(412, 'multiple-matches', 'Several match.');
  return one;
}
