import type { EmrAnswer } from '#simulator-kit/index.ts';
import { fhir, notFound, versionHeaders } from '../outcome.ts';
import { readCount, readQuery, refuseSearch } from '../query.ts';
import { search } from '../search.ts';
import type { ClinicCall, Method } from '../tables.ts';
import { matchesText } from '../text-match.ts';
import { locationOnWire, organizationOnWire, practitionerOnWire } from '../wire/directory.ts';
import type { FhirResource } from '../wire/fhir-resource.ts';

type Directory = 'Practitioner' | 'Location' | 'Organization';

export const directoryMethods: readonly Method[] = (
  ['Practitioner', 'Location', 'Organization'] as const
).flatMap((type): readonly Method[] => [
  { verb: 'GET', template: `/${type}`, type, needs: 's', handle: (call) => searchDirectory(call, type) },
  { verb: 'GET', template: `/${type}/{id}`, type, needs: 'r', handle: (call) => readDirectory(call, type) },
]);

interface Entry {
  readonly id: string;
  /** What `name` and, of people, `family` and `given` look at. */
  readonly texts: Readonly<Partial<Record<'name' | 'family' | 'given', readonly string[]>>>;
  readonly resource: FhirResource;
}

/** By `_id` or name; customers hand the ids over by other ways. */
function searchDirectory(call: ClinicCall, type: Directory): EmrAnswer {
  return search(call, type, (first) => {
    const texts = type === 'Practitioner' ? (['name', 'family', 'given'] as const) : (['name'] as const);
    const query = readQuery(first, ['_id', ...texts, '_count']);
    const asked = query.names.filter((name) => name !== '_count');
    if (asked.length === 0 && first.settings.bareSearch === 'reject400')
      throw refuseSearch(first, 'no supported search parameters provided');
    const ids = query.list('_id');
    const fits = ({ id, texts: own }: Entry): boolean =>
      (ids === undefined || ids.includes(id)) &&
      texts.every((name) => {
        const value = query.single(name);
        return value === undefined || own[name]?.some((text) => matchesText(text, value, 'starts-with'));
      });
    const matches = entriesOf(first, type)
      .filter(fits)
      .map(({ id, resource }) => ({ order: id.padStart(15, '0'), resource }))
      .sort((a, b) => (a.order < b.order ? -1 : 1));
    return { matches, count: readCount(first, query, { least: 1, most: 200, usual: 50 }) };
  });
}

function readDirectory(call: ClinicCall, type: Directory): EmrAnswer {
  const entry = entriesOf(call, type).find(({ id }) => id === call.path.id);
  if (entry === undefined) throw notFound();
  return fhir(200, entry.resource, versionHeaders('1', Date.parse('2026-01-05T13:00:00Z')));
}

function entriesOf({ clinic }: ClinicCall, type: Directory): Entry[] {
  switch (type) {
    case 'Practitioner':
      return clinic.practitioners.map((person) => {
        const { id, family, given } = person;
        const texts = { family: [family], given: [given], name: [family, given, `${given} ${family}`] };
        return { id, texts, resource: practitionerOnWire(clinic, person) };
      });
    case 'Location':
      return clinic.locations.map((place) => ({
        id: place.id,
        texts: { name: [place.name] },
        resource: locationOnWire(clinic, place),
      }));
    case 'Organization': {
      const { id, name } = clinic.organization;
      return [{ id, texts: { name: [name] }, resource: organizationOnWire(clinic) }];
    }
  }
}
