import express, { Router } from 'express';
import { z } from 'zod';
import { Failure } from '#domain/failure.ts';
import { makeConnectLink } from '#scheduling/consent/links.ts';
import type { ConsentServices } from '#scheduling/consent/services.ts';
import { isPersonName, recordUse } from '#scheduling/operator.ts';
import { requirePractice } from '#scheduling/practices.ts';
import type { RateLimits } from '#store/rate-limits.ts';
import { refuseBrowsers } from '../own-programs.ts';

/**
 * `POST /connect/links` on the operator's door: makes a connect link, for programs of the operator's own. The person
 * who is answerable is named and recorded as on the command line.
 *
 * @example
 * // curl -H 'content-type: application/json' 127.0.0.1:9464/connect/links
 * //   -d '{"practice":"0199…","emr":"epic-sandbox","as":"Kim Lee"}'
 * // 201 {"linkId":"0199…","connectionId":"0199…","url":"https://…/connect/…","code":"12345678","expiresAt":"…"}
 */
export function linksRouter({
  services,
  limits,
}: {
  readonly services: ConsentServices;
  readonly limits: RateLimits;
}): Router {
  const router = Router();
  router.post(
    '/connect/links',
    refuseBrowsers,
    express.json({ limit: '16kb' }),
    async (request, response) => {
      if (!request.is('application/json'))
        throw new Failure('unsupported-media-type', { hint: 'Send JSON.' });
      const asked = linkRequest.safeParse(request.body);
      if (!asked.success)
        throw new Failure('invalid-value', {
          expression: asked.error.issues.map((issue) => issue.path.join('.')).join(', '),
          hint: 'Send {"practice", "emr", "as"}, and where needed "connection", "origin", "kind", "settings".',
        });
      const { practice: practiceId, as: person, connection: connectionId, emr, kind } = asked.data;
      await limits.consume('connect-make', practiceId);
      const { on } = services;
      const made = await recordUse(
        on,
        { person, command: 'connection link', subject: practiceId },
        async (operator, about) => {
          await requirePractice(on, practiceId);
          const caller = { ...operator, origin: 'operator-door', practiceId };
          const { origin, settings } = asked.data;
          const target = { emr, connectionId, kind, origin, settings };
          const link = await makeConnectLink(services, caller, person, target);
          about(link.linkId);
          return link;
        },
      );
      response.status(201).set('Cache-Control', 'no-store').json(made);
    },
  );
  return router;
}

const linkRequest = z.strictObject({
  practice: z.uuid(),
  /** A registration's name, or an adapter's id. */
  emr: z.string().max(64).optional(),
  connection: z.uuid().optional(),
  origin: z.string().max(500).optional(),
  kind: z.enum(['vendor', 'vendor-sandbox', 'simulator']).optional(),
  /** What is known of the adapter's settings, as its schema has them: the practice finds it filled in. */
  settings: z
    .record(z.string().max(64), z.union([z.string().max(4_000), z.number(), z.boolean()]))
    .optional(),
  as: z.string().refine(isPersonName),
});
