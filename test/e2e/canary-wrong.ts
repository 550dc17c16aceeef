import { interactions } from '#fhir/interaction.ts';
import { searchTables } from '#fhir/search-parameters.ts';
import type { Canaries } from '#test/canary.ts';
import { type Stage, wordyAppointment } from './canary-drive.ts';
import { canaryPatient } from './canary-office.ts';
import { describedInFull } from './canary-requests.ts';

const fhir = '/fhir/R4';

/** All routes, the refused ones too, with canaries wherever a request has a place. */
export async function everythingThatIsWrong({ ask, canaries }: Stage): Promise<void> {
  const some = (where: string) => encodeURIComponent(canaries.name(where));
  const routes = [
    ...interactions.map(({ method, path }) => ({ method, path: fhir + path })),
    { method: 'GET', path: `${fhir}/operations/:id` },
    { method: 'DELETE', path: `${fhir}/operations/:id` },
    { method: 'PUT', path: `${fhir}/Appointment/:id` },
    { method: 'GET', path: `${fhir}/Patient` },
    { method: 'GET', path: `${fhir}/:id` },
    { method: 'GET', path: '/:id' },
    { method: 'GET', path: `${fhir}/.well-known/smart-configuration` },
    { method: 'GET', path: '/.well-known/oauth-authorization-server/oauth' },
    { method: 'GET', path: '/oauth/jwks' },
    { method: 'GET', path: '/oauth/token' },
    { method: 'GET', path: '/healthz' },
  ];
  for (const { method, path } of routes) {
    const here = `${method} ${path}`;
    const concrete = path.replace(':id', () => some(`path of ${here}`));
    const names = ['name', 'birthdate', 'patient', 'start', 'service-type', some(`query name of ${here}`)];
    const query = new URLSearchParams(
      names.map((name): [string, string] => [name, canaries.name(`query of ${here}`)]),
    );
    const headers = {
      'content-type': method === 'PATCH' ? 'application/json-patch+json' : 'application/fhir+json',
      ...headersFullOf(canaries, here),
    };
    const sends = method !== 'GET' && method !== 'DELETE';
    // A search takes forms: whatever JSON it is sent, it does not read.
    const wrong = sends ? wrongBodies(canaries, here) : [undefined];
    const bodies = path.endsWith('/_search') ? wrong.slice(0, 2) : wrong;
    await Promise.all([
      ask(method, `${concrete}?${query}`, { headers, ...(sends && { body: '{}' }) }),
      ask(method, concrete, { token: canaries.secret('token'), ...(sends && { body: '{}' }) }),
      ...bodies.map((body) => ask(method, concrete, { headers, ...(body !== undefined && { body }) })),
      ...(sends
        ? [
            'text/plain',
            `application/${canaries.secret('content type')}`,
            'application/fhir+json; charset=latin1',
          ].map((type) =>
            ask(method, concrete, {
              body: canaries.note(`body of ${here}`),
              headers: { 'content-type': type },
            }),
          )
        : []),
    ]);
  }
  for (const [type, { parameters }] of Object.entries(searchTables))
    await Promise.all(
      Object.keys(parameters).flatMap((name) => {
        const query = new URLSearchParams({ [name]: canaries.name(`search parameter ${type}.${name}`) });
        const body = new URLSearchParams({ [name]: canaries.name(`form parameter ${type}.${name}`) });
        return [ask('GET', `${fhir}/${type}?${query}`), ask('POST', `${fhir}/${type}/_search`, { body })];
      }),
    );
}

function headersFullOf(canaries: Canaries, here: string): Record<string, string> {
  const names = [
    'prefer',
    'idempotency-key',
    'if-match',
    'if-none-exist',
    'x-request-id',
    'x-forwarded-for',
    'forwarded',
    'referer',
    'user-agent',
    'cookie',
    'accept-language',
    'traceparent',
    'x-http-method-override',
    'x-patient-name',
  ];
  const ascii = (text: string) => text.normalize('NFD').replaceAll(/[^\x20-\x7e]/g, '');
  return Object.fromEntries(names.map((name) => [name, ascii(canaries.name(`header ${name} of ${here}`))]));
}

function wrongBodies(canaries: Canaries, here: string): unknown[] {
  const where = `body of ${here}`;
  const person = canaryPatient(canaries);
  const patient = describedInFull(person, canaries);
  const reference = (type: string) => ({
    reference: `${type}/${canaries.name(where)}`,
    display: canaries.note(where),
  });
  return [
    `{"resourceType":"Patient","name":[{"family":"${canaries.name(where)}"`,
    JSON.stringify(canaries.note(where)),
    [canaries.note(where), canaries.birthDate(where)],
    { resourceType: canaries.name(where), [canaries.name(where)]: canaries.note(where) },
    { ...patient, [canaries.name(`element name in a ${where}`)]: canaries.note(where) },
    { ...patient, birthDate: `${canaries.birthDate(where)}T${canaries.name(where)}` },
    { ...patient, birthDate: undefined },
    { ...patient, gender: canaries.name(where) },
    { ...patient, name: [{ family: `${canaries.name(where)}7`, given: [canaries.name(where)] }] },
    { ...patient, telecom: [{ system: 'phone', value: canaries.note(where) }] },
    { ...patient, telecom: [{ system: 'email', value: `${canaries.name(where)}@${'a'.repeat(180)}.org` }] },
    {
      resourceType: 'Parameters',
      parameter: [{ name: canaries.name(where), valueString: canaries.note(where) }],
    },
    {
      resourceType: 'Parameters',
      parameter: [{ name: 'resource', resource: { ...patient, id: canaries.name(where) } }],
    },
    {
      resourceType: 'Parameters',
      parameter: [
        { name: 'appointment-reference', valueReference: reference('Appointment') },
        { name: 'patient-resource', resource: patient },
        { name: 'start', valueDateTime: canaries.name(where) },
      ],
    },
    {
      resourceType: 'Appointment',
      ...wordyAppointment(canaries),
      id: canaries.name(where),
      status: canaries.name(where),
      slot: [reference('Slot')],
      start: canaries.birthDate(where),
      participant: [{ actor: reference('Patient'), status: 'accepted' }],
    },
    {
      resourceType: 'Appointment',
      status: 'booked',
      contained: [{ ...patient, id: 'p' }],
      slot: [{ reference: 'Slot/nowhere' }],
      participant: [{ actor: { reference: '#p' }, status: 'accepted' }],
    },
    [{ op: 'replace', path: `/${canaries.name(where)}`, value: canaries.note(where) }],
    [{ op: 'add', path: '/comment', value: canaries.note(where) }],
    ...(here.startsWith('POST /fhir/R4/Patient')
      ? [
          {
            ...patient,
            photo: [{ data: Buffer.from(canaries.note(where).repeat(40_000)).toString('base64') }],
          },
        ]
      : []),
  ];
}
