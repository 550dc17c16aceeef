/** @typedef {import('postern/kit').Kit} Kit */
/** @typedef {import('postern/adapter').Operations} Operations */
/** @typedef {import('postern/adapter').OpeningQuery} OpeningQuery */
/** @typedef {{ id: string, name: string }} Named */
/** @typedef {{ provider: string, room: string, from: string, to: string }} Hours */
/** @typedef {{ provider: string, room: string, start: string, minutes: number, cancelled: boolean }} Visit */
/** @template T @typedef {import('postern/adapter').WireAnswer<T>} Answer */

const minute = 60_000;
const day = 24 * 60 * minute;

/**
 * A function for each verb. Each asks by route name and gives what the contract says; nothing is remembered between two.
 *
 * @param {Kit} kit
 * @returns {Operations}
 */
export function createOperations({ freeStarts, instantOf, toInstantWithOffset, unsupported }) {
  /** @type {Operations['openings']} */
  const openings = async (ctx, query) => {
    const window = { from: instantOf(query.from), to: instantOf(query.to) };
    if (window.from >= window.to) return [];
    // Read a day beyond both ends, for hours and visits that reach into the window.
    const around = {
      from: toInstantWithOffset(window.from - day, 'UTC'),
      to: toInstantWithOffset(window.to + day, 'UTC'),
    };
    /** @type {Answer<Hours[]>} */
    const { body: hours } = await ctx.http.call('hours', { query: around });
    /** @type {Answer<Visit[]>} */
    const { body: visits } = await ctx.http.call('visits', { query: around });
    const planned = visits.filter(({ cancelled }) => !cancelled);
    return hours
      .filter(
        ({ provider, room }) => isAsked(query.practitioners, provider) && isAsked(query.locations, room),
      )
      .flatMap(({ provider, room, from, to }) =>
        // Hours less visits, cut into starts. The kit does the arithmetic and knows about changing clocks.
        freeStarts({
          open: [{ from: instantOf(from), to: instantOf(to) }],
          busy: planned
            .filter((visit) => visit.provider === provider || visit.room === room)
            .map(({ start, minutes }) => ({
              from: instantOf(start),
              to: instantOf(start) + minutes * minute,
            })),
          window,
          minutes: query.minutes,
          gridMinutes: 15,
          timeZone: ctx.timeZone,
          now: ctx.now(),
        }).map((start) => ({ provider, room, start, key: `room:${room}|provider:${provider}` })),
      )
      .sort((a, b) => a.start - b.start || a.key.localeCompare(b.key))
      .map(({ provider, room, start, key }) => ({
        vendorKey: key,
        start: toInstantWithOffset(start, ctx.timeZone),
        end: toInstantWithOffset(start + query.minutes * minute, ctx.timeZone),
        minutes: query.minutes,
        practitioner: provider,
        location: room,
        // What must be free together; sorted, so that everybody locks in one order.
        claims: [`provider:${provider}`, `room:${room}`],
      }));
  };

  return {
    probe: async ({ http }) => {
      /** @type {Answer<{ version: string }>} */
      const { body } = await http.call('status');
      return { version: body.version };
    },
    directory: async ({ http }) => {
      /** @type {Answer<Named[]>} */
      const { body: providers } = await http.call('providers');
      /** @type {Answer<Named[]>} */
      const { body: rooms } = await http.call('rooms');
      return {
        practitioners: providers.map(({ id, name }) => ({
          resourceType: 'Practitioner',
          id,
          name: [{ text: name }],
        })),
        locations: rooms.map(({ id, name }) => ({ resourceType: 'Location', id, name, status: 'active' })),
        services: [],
      };
    },
    openings,
    verify: async (ctx, opening) => {
      const found = await openings(ctx, { from: opening.start, to: opening.end, minutes: opening.minutes });
      const isFree = found.some(
        ({ vendorKey, start }) =>
          vendorKey === opening.vendorKey && instantOf(start) === instantOf(opening.start),
      );
      return isFree ? 'free' : 'gone';
    },
    // Next: book, read and appointmentsOf belong together. Set `book: true` and `marker`, and see which cases go red.
    book: unsupported,
    read: unsupported,
    appointmentsOf: unsupported,
    move: unsupported,
    cancel: unsupported,
    matchPatients: unsupported,
    createPatient: unsupported,
    hold: unsupported,
    release: unsupported,
    changes: unsupported,
  };
}

/**
 * @param {readonly string[] | undefined} asked
 * @param {string} id
 */
function isAsked(asked, id) {
  return asked === undefined || asked.length === 0 || asked.includes(id);
}
