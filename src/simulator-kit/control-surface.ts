import express, { type ErrorRequestHandler, type Router } from 'express';
import { z } from 'zod';
import type { Emulation, SettingValues } from './emulation.ts';
import { Refusal } from './emulation.ts';
import { faultOrderOf } from './fault.ts';
import type { FaultBook } from './fault-book.ts';
import type { Office } from './office.ts';
import type { RequestLog } from './request-log.ts';
import type { TableSet } from './row-store.ts';
import { deskAction } from './staff.ts';

/**
 * `/__sim`: where tests and the demo ask for the truth and arrange trouble. The same for every simulator; see README.md
 * beside this file. Requests to it are not logged, not paced and meet no faults.
 */
export function controlSurface<T extends TableSet, S extends SettingValues>(
  emulation: Emulation<T, S>,
  office: Office<T, S>,
  faults: FaultBook,
  log: RequestLog,
  onReset: () => void,
): Router {
  const router = express.Router();
  const faultOrder = faultOrderOf(emulation.faults ?? {});
  router.use(express.json({ strict: true, type: () => true }));

  router.get('/', (_req, res) => {
    const { emr, office: name, timeZone, basePath } = emulation;
    res.json({ emr, office: name, timeZone, basePath });
  });
  router.get('/ledger', (_req, res) => void res.json(office.ledger()));
  router.get('/requests', (req, res) => {
    const after = z.coerce.number().int().min(0).default(0).safeParse(req.query.after);
    if (after.success) res.json(log.read(after.data));
    else res.status(400).json({ error: 'after is the seq of a logged request.' });
  });

  router.get('/faults', (_req, res) => void res.json(faults.list()));
  router.post('/faults', (req, res) => {
    const order = faultOrder.safeParse(req.body);
    if (order.success) res.status(201).json(faults.order(order.data));
    else res.status(400).json({ error: z.prettifyError(order.error) });
  });
  router.delete('/faults', (_req, res) => {
    faults.lift();
    res.status(204).end();
  });
  router.delete(
    '/faults/:id',
    (req, res) => void res.status(faults.lift(Number(req.params.id)) ? 204 : 404).end(),
  );

  router.get('/settings', (_req, res) => void res.json(office.settings()));
  router.put('/settings', (req, res) => {
    const changed = office.change(req.body);
    if (changed.success) res.json(changed.data);
    else res.status(400).json({ error: z.prettifyError(changed.error) });
  });

  router.post('/staff', (req, res) => {
    const action = deskAction.safeParse(req.body);
    if (!action.success) {
      res.status(400).json({ error: z.prettifyError(action.error) });
      return;
    }
    try {
      if (action.data.action === 'admit') {
        const { action: _, ...person } = action.data;
        const patient = office.admitPatient(person);
        if (patient === undefined) res.status(400).json({ error: 'This front desk admits nobody.' });
        else res.json(patient);
        return;
      }
      const appointment = office.staff(action.data);
      if (appointment === undefined) res.status(404).json({ error: 'There is no such appointment.' });
      else res.json(appointment);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      res.status(400).json({ error: error.answer.body });
    }
  });
  router.post('/reset', (_req, res) => {
    office.reset();
    faults.forget();
    onReset();
    res.status(204).end();
  });
  router.use((_req, res) => void res.status(404).json({ error: 'No such control.' }));
  router.use(sayWhatIsWrong);
  return router;
}

const sayWhatIsWrong: ErrorRequestHandler = (error, _req, res, _next) => {
  const malformed = error instanceof SyntaxError;
  res.status(malformed ? 400 : 500).json({ error: malformed ? 'The body is not JSON.' : String(error) });
};
