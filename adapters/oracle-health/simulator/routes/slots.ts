import { type EmrAnswer, Refusal } from '#simulator-kit/index.ts';
import { permit } from '../admission.ts';
import { APPOINTMENT_TYPES, codeSet, SNOMED } from '../code-system.ts';
import { readPatch, requireVersion } from '../json-patch.ts';
import { fhir, notFound, patched, refuse, versionHeaders } from '../outcome.ts';
import { type Query, readBound, readCount, readQuery, readReferences, refuseSearch } from '../query.ts';
import { type Found, type Match, search } from '../search.ts';
import { holdSlot, releaseHolds, slotState, slotStates } from '../slot-book.ts';
import type { ClinicCall, Method } from '../tables.ts';
import { orderOf, type PlannedSlot, slotOf, slotsBetween, spanOf } from '../weekly-schedule.ts';
import { practitionerOnWire } from '../wire/directory.ts';
import type { FhirResource } from '../wire/fhir-resource.ts';
import { scheduleOnWire, slotOnWire } from '../wire/slot.ts';
import { completeOrFail } from './incomplete.ts';

export const slotMethods: readonly Method[] = [
  { verb: 'GET', template: '/Slot', type: 'Slot', needs: 's', handle: searchSlots },
  { verb: 'GET', template: '/Slot/{id}', type: 'Slot', needs: 'r', handle: readSlot },
  { verb: 'PATCH', template: '/Slot/{id}', type: 'Slot', needs: 'u', handle: patchSlot },
];

const FILTERS = ['service-type', 'schedule.actor', '-location'];

function searchSlots(call: ClinicCall): EmrAnswer {
  return search(call, 'Slot', findSlots);
}

/** Only free slots, unless they are asked for by `_id`. */
function findSlots(call: ClinicCall): Found {
  const query = readQuery(call, ['_id', ...FILTERS, 'start', '_count', '_include']);
  const filtered = query.names.some((name) => FILTERS.includes(name));
  const ids = query.list('_id');
  if (ids === undefined) requireFilter(call, query, filtered);
  const range = readStart(call, query, filtered);
  const wanted = readFilters(call, query);
  const count = readCount(call, query, { least: 5, most: 200, usual: 50 });
  const including = readInclude(call, query);
  const planned =
    ids === undefined && range !== undefined
      ? slotsBetween(call.clinic, range.from, range.to)
      : slotsOfIds(call, ids ?? []).filter(({ start }) => within(range, start));
  const states =
    ids === undefined && range !== undefined
      ? slotStates(call, range.from, range.to)
      : (slot: PlannedSlot) => slotState(call, slot);
  return { matches: matches(), count };

  function* matches(): Generator<Match> {
    for (const slot of planned) {
      if (!wanted(slot)) continue;
      const state = states(slot);
      if (ids === undefined && state.status !== 'free') continue;
      completeOrFail(call, 'Slot', slot.id);
      yield { order: orderOf(slot), resource: slotOnWire(call, slot, state), includes: including(slot) };
    }
  }
}

function requireFilter(call: ClinicCall, query: Query, filtered: boolean): void {
  if (query.names.length === 0) throw refuseSearch(call, 'no supported search parameters provided');
  const enough =
    call.settings.slotSearchNeeds === 'any-filter' ? filtered : query.names.includes('service-type');
  if (!enough) throw refuseSearch(call, 'at least one of _id, service-type or -pageContext must be provided');
}

/** Exactly two values with a time, one `ge` and one `lt`. */
function readStart(
  call: ClinicCall,
  query: Query,
  filtered: boolean,
): { readonly from: number; readonly to: number } | undefined {
  const values = query.all('start');
  if (values.length === 0 && !filtered) return undefined;
  const bounds = values.map((value) => readBound(call, 'start', value));
  const from = bounds.find(({ prefix }) => prefix === 'ge');
  const to = bounds.find(({ prefix }) => prefix === 'lt');
  if (bounds.length !== 2 || from === undefined || to === undefined || from.at >= to.at)
    throw refuseSearch(call, 'start must be given twice, with ge and lt, and form a closed range');
  return { from: from.at, to: to.at };
}

function readFilters(call: ClinicCall, query: Query): (slot: PlannedSlot) => boolean {
  const types = readServiceTypes(call, query);
  const actors = readReferences(call, query, 'schedule.actor', { type: 'Practitioner', bare: false });
  const locations = readReferences(call, query, '-location', { type: 'Location', bare: true });
  return ({ type, resource, location }) =>
    (types === undefined || types(type)) &&
    (actors === undefined || actors.includes(resource.practitioner ?? '')) &&
    (locations === undefined || locations.includes(location.id));
}

/** All tokens standard or all proprietary. */
function readServiceTypes(
  call: ClinicCall,
  query: Query,
): ((type: PlannedSlot['type']) => boolean) | undefined {
  const tokens = query.list('service-type')?.map((token) => token.split('|'));
  if (tokens === undefined) return undefined;
  const own = codeSet(call.clinic, APPOINTMENT_TYPES);
  const systems = new Set(tokens.map(([system]) => system));
  const [system] = systems;
  const wellFormed = tokens.every(
    ([, code, ...rest]) => code !== undefined && code !== '' && rest.length === 0,
  );
  if (systems.size !== 1 || !wellFormed || (system !== own && system !== SNOMED))
    throw refuseSearch(
      call,
      `service-type takes tokens that are all of ${SNOMED} or all of ${own}, with their system`,
    );
  const codes = tokens.map(([, code]) => code);
  return ({ code, snomed }) => codes.includes(system === own ? code : snomed.code);
}

function readInclude(call: ClinicCall, query: Query): (slot: PlannedSlot) => readonly FhirResource[] {
  const include = query.single('_include');
  if (include === undefined) return () => [];
  const withPractitioner = include === 'Schedule:actor:Practitioner';
  if (!withPractitioner && include !== 'Slot:schedule')
    throw refuseSearch(call, '_include takes Slot:schedule or Schedule:actor:Practitioner');
  for (const type of withPractitioner ? ['Schedule', 'Practitioner'] : ['Schedule']) {
    const refused = permit(call, call.caller, type, 'r');
    if (refused !== undefined) throw new Refusal(refused);
  }
  return (slot) => [
    scheduleOnWire(call, slot),
    ...call.clinic.practitioners
      .filter(({ id }) => withPractitioner && id === slot.resource.practitioner)
      .map((person) => practitionerOnWire(call.clinic, person)),
  ];
}

/** Those that exist, each once, in the order of a search. */
function slotsOfIds(call: ClinicCall, ids: readonly string[]): PlannedSlot[] {
  return [...new Set(ids)]
    .flatMap((id) => slotOf(call.clinic, id) ?? [])
    .sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
}

function within(range: { readonly from: number; readonly to: number } | undefined, start: number): boolean {
  return range === undefined || (start >= range.from && start < range.to);
}

function readSlot(call: ClinicCall): EmrAnswer {
  const slot = findSlot(call);
  completeOrFail(call, 'Slot', slot.id);
  const state = slotState(call, slot);
  return fhir(200, slotOnWire(call, slot, state), versionHeaders(state.version, state.lastUpdated));
}

/** Keeps a slot (`busy-tentative`) or lets it go (`free`). What is kept does not expire. */
function patchSlot(call: ClinicCall): EmrAnswer {
  const slot = findSlot(call);
  const state = slotState(call, slot);
  requireVersion(call, state.version);
  const [change, ...others] = readPatch(call);
  if (change === undefined || others.length > 0 || change.op !== 'replace' || change.path !== '/status')
    throw refuse(422, 'business-rule', 'A slot can be patched by one replace of /status.');
  if (change.value !== 'free' && change.value !== 'busy-tentative')
    throw refuse(422, 'business-rule', 'The status of a slot can be free or busy-tentative.');
  const foreign =
    call.settings.busyTentative !== 'anyone' && state.holders.some((each) => each !== call.caller.clientId);
  if (state.status === 'busy' || foreign) throw refuse(422, 'business-rule', call.settings.slotTakenText);
  if (change.value === 'free') releaseHolds(call, spanOf(slot));
  else holdSlot(call, slot, call.caller.clientId);
  const after = slotState(call, slot);
  return patched(after.version, after.lastUpdated);
}

function findSlot(call: ClinicCall): PlannedSlot {
  const slot = slotOf(call.clinic, call.path.id ?? '');
  if (slot === undefined) throw notFound();
  return slot;
}
