import { inLots } from '../../fhir-r4/index.ts';

/**
 * Tokens that may stand in one search: Oracle Health takes standard codes (SNOMED CT) or a tenant's own (codeSet 14249),
 * never both at once.
 */
export function inSearches(tokens: readonly string[]): readonly (readonly string[])[] {
  const { own = [], standard = [] } = Object.groupBy(tokens, (token) =>
    /\/codeSet\/\d+\|/.test(token) ? 'own' : 'standard',
  );
  return [...inLots(own), ...inLots(standard)];
}
