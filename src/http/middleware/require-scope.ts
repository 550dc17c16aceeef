import type { RequestHandler } from 'express';
import { Failure } from '#domain/failure.ts';
import { allows, type ScopeNeed } from '#fhir/scopes.ts';
import { callerOf } from './access-token.ts';

/**
 * Lets a request on when the caller's token allows one of these interactions.
 *
 * @throws Failure `insufficient-scope`, to `next`
 * @example
 * router.get('/Slot', requireScope({ resource: 'Slot', letter: 's' }), searchSlots);
 * router.post('/Appointment/$find', requireScope(...operationNeeds.find), find);
 */
export function requireScope(...needs: readonly ScopeNeed[]): RequestHandler {
  const hint = `This needs ${needs.map(({ resource, letter }) => `system/${resource}.${letter}`).join(' or ')}.`;
  return (_request, response, next) => {
    if (!allows(callerOf(response).scope, ...needs)) throw new Failure('insufficient-scope', { hint });
    next();
  };
}
