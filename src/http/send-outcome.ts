import type { ErrorRequestHandler } from 'express';
import { outcomeOf } from '#fhir/operation-outcome.ts';

/** What was thrown, as an OperationOutcome. */
export const sendOutcome: ErrorRequestHandler = (error, _request, response, next) => {
  if (response.headersSent) return next(error);
  const { status, headers, body } = outcomeOf(error);
  response.status(status).set(headers).type('application/fhir+json').send(JSON.stringify(body));
};
