import { Router } from 'express';
import { z } from 'zod';
import { Failure } from '#domain/failure.ts';
import { reviewConnections } from '#scheduling/connections.ts';
import type { ConsentServices } from '#scheduling/consent/services.ts';
import { isPersonName, recordUse } from '#scheduling/operator.ts';
import { requirePractice } from '#scheduling/practices.ts';
import { refuseBrowsers } from './own-programs.ts';

/**
 * `GET /connections?practice=…&as=…` on the operator's door: how a practice's connections are, by evidence. The person
 * who is answerable is named and recorded as on the command line.
 *
 * @example
 * // curl '127.0.0.1:9464/connections?practice=0199…&as=Kim%20Lee'
 * // 200 [{"connectionId":"0199…","adapter":"epic","state":"connected","stateSince":"…","lastSuccessAt":"…","latencyMs":84}]
 */
export function connectionsRouter({ on }: Pick<ConsentServices, 'on'>): Router {
  const router = Router();
  router.get('/connections', refuseBrowsers, async (request, response) => {
    const asked = question.safeParse(request.query);
    if (!asked.success)
      throw new Failure('invalid-value', { hint: 'Ask with practice=ID and as=PERSON in the query.' });
    const { practice: practiceId, as: person } = asked.data;
    const connections = await recordUse(
      on,
      { person, command: 'connection list', subject: practiceId },
      async (operator) => {
        await requirePractice(on, practiceId);
        return reviewConnections(on, { ...operator, origin: 'operator-door', practiceId });
      },
    );
    response.set('Cache-Control', 'no-store').json(connections);
  });
  return router;
}

const question = z.strictObject({ practice: z.uuid(), as: z.string().refine(isPersonName) });
