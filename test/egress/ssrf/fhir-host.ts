import type { RequestListener } from 'node:http';

/**
 * A FHIR server in strange hands: it answers everything that an adapter asks, and says everywhere that more is to be
 * found at `elsewhere`: in references, links, full addresses, extensions and `Location`.
 */
export function fhirHost(elsewhere: () => string): RequestListener {
  return (req, res) => {
    const { pathname } = new URL(req.url ?? '/', 'https://emr.example.com');
    const [, type = '', id = ''] = pathname.split('/');
    const there = elsewhere();
    const json = (body: object) =>
      res.setHeader('content-type', 'application/fhir+json').end(JSON.stringify(body));
    req.resume();
    if (req.method === 'POST' && !pathname.endsWith('/_search'))
      return void res
        .writeHead(201, { location: inHeader(`${there}/${type}/new-1/_history/1`), 'content-length': 0 })
        .end();
    if (type === 'metadata') return void json(metadata(there));
    const resource = resources(there)[type];
    if (resource === undefined) return void res.writeHead(404).end('{}');
    if (id !== '' && id !== '_search') {
      res.setHeader('etag', 'W/"3"');
      return void json(resource);
    }
    json({
      resourceType: 'Bundle',
      type: 'searchset',
      link: [{ relation: 'self', url: `https://emr.example.com${req.url}` }, ...links(there)],
      entry: [{ fullUrl: `${there}/${type}/1`, resource, search: { mode: 'match' } }],
    });
  };
}

/** An address as bytes of a header: UTF-8 is what clients take there, line ends are not. */
export function inHeader(address: string): string {
  return Buffer.from(address.replaceAll(/[^\P{Cc}\t]/gu, '')).toString('latin1');
}

/** No `next` among them: which would be refused before anything else could be tried. */
function links(there: string) {
  return ['first', 'last', 'previous', 'alternate', 'related'].map((relation) => ({
    relation,
    url: `${there}/page`,
  }));
}

function resources(there: string): Readonly<Record<string, object>> {
  const at = (reference: string) => ({ reference: `${there}/${reference}`, display: 'elsewhere' });
  const said = {
    meta: { versionId: '3', source: there, profile: [`${there}/StructureDefinition/x`] },
    implicitRules: `${there}/rules`,
    text: { status: 'generated', div: `<div><img src="${there}/x"/></div>` },
    extension: [
      { url: `${there}/extension`, valueReference: at('Location/l-1') },
      { url: 'http://hl7.org/fhir/5.0/StructureDefinition/extension-x', valueUrl: there },
    ],
  };
  const coding = { coding: [{ system: `${there}/system`, code: 'checkup' }] };
  return {
    Slot: {
      ...said,
      resourceType: 'Slot',
      id: 'slot-1',
      schedule: at('Schedule/sch-1'),
      status: 'free',
      start: '2031-03-04T16:00:00Z',
      end: '2031-03-04T16:30:00Z',
    },
    Schedule: {
      ...said,
      resourceType: 'Schedule',
      id: 'sch-1',
      active: true,
      actor: [at('PractitionerRole/role-1'), at('Practitioner/p-1'), at('Location/l-1')],
    },
    Practitioner: { ...said, resourceType: 'Practitioner', id: 'p-1', active: true, photo: [{ url: there }] },
    PractitionerRole: {
      ...said,
      resourceType: 'PractitionerRole',
      id: 'role-1',
      active: true,
      practitioner: at('Practitioner/p-1'),
      location: [at('Location/l-1')],
      endpoint: [at('Endpoint/e-1')],
    },
    Location: {
      ...said,
      resourceType: 'Location',
      id: 'l-1',
      status: 'active',
      managingOrganization: at('Organization/o-1'),
    },
    HealthcareService: {
      ...said,
      resourceType: 'HealthcareService',
      id: 'h-1',
      active: true,
      type: [coding],
    },
    Appointment: {
      ...said,
      resourceType: 'Appointment',
      id: 'appt-1',
      status: 'booked',
      start: '2031-03-04T16:00:00Z',
      end: '2031-03-04T16:30:00Z',
      slot: [at('Slot/slot-1')],
      participant: ['Patient/pat-1', 'Practitioner/p-1', 'Location/l-1'].map((actor) => ({
        actor: at(actor),
        status: 'accepted',
      })),
    },
    Patient: {
      ...said,
      resourceType: 'Patient',
      id: 'pat-1',
      active: true,
      name: [{ use: 'official', family: 'Okafor', given: ['Zoë'] }],
      birthDate: '1984-02-29',
      managingOrganization: at('Organization/o-1'),
      link: [{ other: at('Patient/pat-2'), type: 'replaced-by' }],
    },
  };
}

function metadata(there: string): object {
  const can = (type: string) => ({
    type,
    versioning: 'versioned-update',
    profile: `${there}/StructureDefinition/${type}`,
    interaction: ['read', 'search-type', 'create', 'patch', 'update'].map((code) => ({ code })),
  });
  return {
    resourceType: 'CapabilityStatement',
    url: `${there}/metadata`,
    fhirVersion: '4.0.1',
    implementation: { description: 'elsewhere', url: there },
    instantiates: [`${there}/CapabilityStatement/x`],
    rest: [
      {
        mode: 'server',
        security: {
          extension: [
            {
              url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris',
              extension: ['authorize', 'token', 'register', 'manage'].map((url) => ({
                url,
                valueUri: there,
              })),
            },
          ],
        },
        resource: ['Slot', 'Schedule', 'Appointment', 'Patient'].map(can),
        operation: [{ name: 'find', definition: `${there}/OperationDefinition/find` }],
      },
    ],
  };
}
