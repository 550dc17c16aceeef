import type { Resource } from '@medplum/fhirtypes';
import { Failure } from '#domain/failure.ts';
import { searchset } from '#fhir/bundle.ts';
import { codeSystem } from '#fhir/canonical.ts';
import { readFind } from '#fhir/find.ts';
import { notice } from '#fhir/operation-outcome.ts';
import { parseSearch, type Search } from '#fhir/search.ts';
import type { Token } from '#fhir/token.ts';
import { findSlots, readSlot, type SlotPage, type SlotQuery } from '#scheduling/find-slots.ts';
import { scheduleResources } from './directory.ts';
import { type FhirRequest, type Handler, searchQuery } from './exchange.ts';
import { presentOffer, presentSlot } from './present.ts';

const defaultCount = 50;

/** `GET Slot` and `POST Slot/_search` (FHIR R4 Slot). Only free time is found; busy time is nobody's to read. */
export const searchSlots: Handler = async ({ scheduling }, request) => {
  const search = parseSearch('Slot', searchQuery(request), request);
  const query = slotQuery(search);
  const page = (query && (await findSlots(scheduling, request.caller, query))) ?? nothing;
  if (search.include.includes('Slot:schedule')) {
    const wanted = new Set(page.offers.map((offer) => offer.scheduleId));
    const includes = await includedSchedules(request, scheduling, wanted);
    return { status: 200, body: slotBundle(request, search, page, includes) };
  }
  return { status: 200, bytes: written(request, search, page) };
};

const nothing: SlotPage = { offers: [], total: 0, next: undefined };

function slotBundle(
  { base, context }: FhirRequest,
  search: Search,
  page: SlotPage,
  includes: readonly (Resource & { id: string })[] = [],
) {
  return searchset({
    base,
    path: 'Slot',
    applied: search.applied,
    matches: page.offers.map((offer) => presentSlot(context, offer)),
    includes,
    ...toldOf(page),
  });
}

/** What a page says beside its matches. */
function toldOf({ total, next, seenSince }: SlotPage) {
  return {
    total,
    ...(next !== undefined && { nextCursor: next }),
    ...(seenSince !== undefined && {
      outcome: notice(
        'information',
        `The office system takes no more requests for now. These openings were seen since ${seenSince}; there may be others.`,
        'throttled',
      ),
    }),
  };
}

/** A page that is found again is the same object, so it is written once for each way of asking for it. */
const texts = new WeakMap<SlotPage, Map<string, Buffer>>();
const mostTexts = 20;

function written(request: FhirRequest, search: Search, page: SlotPage): Buffer {
  const known = texts.get(page) ?? new Map<string, Buffer>();
  texts.set(page, known);
  const key = JSON.stringify([request.base, request.zone, search.applied]);
  const before = known.get(key);
  if (before) return before;
  const text = Buffer.from(JSON.stringify(slotBundle(request, search, page)));
  if (page !== nothing && known.size < mostTexts) known.set(key, text);
  return text;
}

/** `GET Slot/[id]`: an opening that was offered, as it stands now. */
export const readSlotById: Handler = async ({ scheduling }, request) => {
  const { offer, status } = await readSlot(scheduling, request.caller, request.id);
  return { status: 200, body: presentSlot(request.context, offer, status) };
};

/** `Appointment/$find` (IHE ITI-115, Argonaut Scheduling). */
export const findAppointmentOffers: Handler = async ({ scheduling }, request) => {
  const find = readFind({ url: request.url, body: request.body }, request);
  const page = await findSlots(scheduling, request.caller, {
    ...find.window,
    visitTypes: [...codesOf(find.visitTypes), ...find.services],
    ...(find.practitioners.length > 0 && { practitioners: find.practitioners }),
    ...(find.locations.length > 0 && { locations: find.locations }),
    ...(find.schedules.length > 0 && { schedules: find.schedules }),
    count: find.count ?? defaultCount,
    ...(find.cursor !== undefined && { cursor: find.cursor }),
  });
  return {
    status: 200,
    body: searchset({
      base: request.base,
      path: 'Appointment/$find',
      applied: find.applied,
      matches: page.offers.map((offer) => presentOffer(request.context, offer, find.window)),
      ...toldOf(page),
      ihe: true,
    }),
  };
};

/** What the scheduling core is asked; undefined when the filters can match nothing. */
function slotQuery(search: Search): SlotQuery | undefined {
  const { tokens, references } = search;
  const wantsFree = (tokens.status ?? []).every((any) =>
    any.some((token) => token.code === 'free' || token.code === undefined),
  );
  const schedules = intersection((references.schedule ?? []).map((any) => any.map((one) => one.id)));
  const actors = references['schedule.actor'] ?? [];
  const ofType = (type: string) =>
    intersection(
      actors.filter((any) => any.every((one) => one.type === type)).map((any) => any.map((one) => one.id)),
    );
  const practitioners = ofType('Practitioner');
  const locations = ofType('Location');
  const services = ofType('HealthcareService') ?? [];
  const types = (tokens['service-type'] ?? []).map((any) => codesOf(any));
  const visitTypes = intersection([...types, ...(services.length > 0 ? [services] : [])]) ?? [];
  if (
    actors.some(
      (any) => new Set(any.map((one) => one.type)).size > 1 || any.some((one) => one.type === undefined),
    )
  )
    throw new Failure('invalid-value', {
      expression: 'schedule.actor',
      hint: 'Say which type: schedule.actor=Practitioner/[id], or schedule.actor:Location=[id].',
    });
  const ids = intersection((tokens._id ?? []).map((any) => any.flatMap((token) => token.code ?? [])));
  if (!wantsFree || ids || schedules?.length === 0 || (types.length > 0 && visitTypes.length === 0))
    return undefined;
  return {
    ...search.windows.start,
    visitTypes,
    ...(practitioners && { practitioners }),
    ...(locations && { locations }),
    ...(schedules && { schedules }),
    count: search.count ?? defaultCount,
    ...(search.cursor !== undefined && { cursor: search.cursor }),
  };
}

/** Codes of the practice's visit types; another system's codes mean nothing here. */
function codesOf(tokens: readonly Token[]): string[] {
  return tokens.flatMap(({ system, code }) =>
    code !== undefined && (system === undefined || system === codeSystem.visitType) ? [code] : [],
  );
}

function intersection(sets: readonly (readonly string[])[]): string[] | undefined {
  const [first, ...rest] = sets;
  return first?.filter((one) => rest.every((set) => set.includes(one)));
}

async function includedSchedules(
  request: FhirRequest,
  scheduling: Parameters<Handler>[0]['scheduling'],
  wanted: ReadonlySet<string>,
) {
  const all = await scheduleResources(scheduling, request);
  return all.filter((schedule) => wanted.has(schedule.id));
}
