import express, { type Express } from 'express';
import type { ConsentServices } from '#scheduling/consent/services.ts';
import type { Database } from '#store/database.ts';
import type { RateLimits } from '#store/rate-limits.ts';
import { linksRouter } from './connect/links-router.ts';
import { connectionsRouter } from './connections-router.ts';
import { sendOutcome } from './send-outcome.ts';

export type OperatorDoor = Express;

/**
 * What the operator reaches, on a listener of its own that is never public: metrics, whether we can work, connect links,
 * and how connections are.
 */
export function operatorDoor(options: {
  readonly database: Database;
  readonly metrics: { text(): Promise<string>; readonly contentType: string };
  readonly services: ConsentServices;
  readonly limits: RateLimits;
}): OperatorDoor {
  const app = express();
  app.disable('x-powered-by');
  app.get('/healthz', (_request, response) => {
    response.json({ status: 'alive' });
  });
  app.get('/readyz', async (_request, response) => {
    const ready = await options.database
      .withoutPractice((tx) => tx.raw('select 1'))
      .then(
        () => true,
        () => false,
      );
    response.status(ready ? 200 : 503).json({ status: ready ? 'ready' : 'the database cannot be reached' });
  });
  app.get('/metrics', async (_request, response) => {
    response.type(options.metrics.contentType).send(await options.metrics.text());
  });
  app.use(linksRouter(options));
  app.use(connectionsRouter(options.services));
  app.use(sendOutcome);
  return app;
}
