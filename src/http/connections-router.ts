import { type ErrorRequestHandler, Router } from 'express';
import { z } from 'zod';
import { Failure } from '#domain/failure.ts';
import { outcomeOf } from '#fhir/operation-outcome.ts';
import { reviewConnections } from '#scheduling/connections.ts';
import type { ConsentServices } from '#scheduling/consent/services.ts';
import { isPersonName, recordUse } from '#scheduling/operator.ts';
import { requirePractice } from '#scheduling/practices.ts';

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
  router.get('/connections', async (request, response) => {
    // A page in a browser on this machine can reach this door too; it cannot leave these headers out.
    const { origin, 'sec-fetch-site': site, host = '' } = request.headers;
    const name = host.replace(/:\d+$/, '');
    if (origin !== undefined || site !== undefined || !/^(127\.0\.0\.1|\[::1\]|localhost)$/.test(name))
      throw new Failure('not-found');
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
  router.use('/connections', failed);
  return router;
}

const question = z.strictObject({ practice: z.uuid(), as: z.string().refine(isPersonName) });

const failed: ErrorRequestHandler = (error, _request, response, next) => {
  if (response.headersSent) return next(error);
  const { status, headers, body } = outcomeOf(error);
  response.status(status).set(headers).type('application/fhir+json').send(JSON.stringify(body));
};
