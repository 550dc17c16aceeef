import express, { type Express } from 'express';
import type { Database } from '#store/database.ts';

export type OperatorDoor = Express;

/** What the operator reaches, on a listener of its own that is never public: metrics, and whether we can work. */
export function operatorDoor(options: {
  readonly database: Database;
  readonly metrics: { text(): Promise<string>; readonly contentType: string };
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
  return app;
}
