/** @typedef {import('postern/kit').Kit} Kit */
/** @typedef {import('postern/adapter').RouteTable} RouteTable */

/**
 * All that this adapter can ever send, and what it takes of each answer. A response schema drops every field that it does
 * not name: what scheduling does not need never gets in.
 *
 * @param {Kit} kit
 * @returns {RouteTable}
 */
export function createRoutes({ grammar, z }) {
  const id = z.string().regex(grammar.id.pattern);
  const instant = z.iso.datetime({ offset: true });
  const visit = z.object({
    id,
    provider: id,
    room: id,
    start: instant,
    minutes: z.int(),
    cancelled: z.boolean(),
  });
  const hours = z.object({ provider: id, room: id, from: instant, to: instant });
  const named = z.object({ id, name: z.string() });

  const read = /** @type {const} */ ({
    method: 'GET',
    ok: [200],
    timeoutMs: 5_000,
    maxResponseBytes: 1 << 20,
    effect: 'read',
  });
  const window = {
    from: { ...grammar.fhirInstant, required: true },
    to: { ...grammar.fhirInstant, required: true },
  };
  return {
    status: { ...read, template: '/status', response: z.object({ version: z.string() }) },
    providers: { ...read, template: '/providers', response: z.array(named) },
    rooms: { ...read, template: '/rooms', response: z.array(named) },
    hours: { ...read, template: '/hours', query: window, response: z.array(hours) },
    visits: { ...read, template: '/visits', query: window, response: z.array(visit) },
  };
}
