import type { Appointment, Bundle, OperationOutcome, Resource } from '@medplum/fhirtypes';
import type { Place, Said, Told, Wish } from './history.ts';

/** What an answer of the FHIR door means to the one who asked. */
export function understand(status: number, body: Resource | undefined, wish: Wish): Said {
  if (status === 200 || status === 201) return success(body, wish);
  const code = codeOf(body) ?? '';
  if (status === 202) return { is: code === 'needs-human' ? 'people' : 'later' };
  // 503 with a code of the EMR says that nothing was done; any other failure of the server says nothing.
  if (status === 503 && code.startsWith('emr-')) return { is: 'no', status, code };
  if (status === 401 || status === 429 || status >= 500) return { is: 'nothing', why: `${status} ${code}` };
  return { is: 'no', status, code };
}

function success(body: Resource | undefined, wish: Wish): Said {
  if (body?.resourceType === 'Bundle' && body.type === 'batch-response') {
    const [entry] = body.entry ?? [];
    return understand(Number(entry?.response?.status), entry?.resource ?? entry?.response?.outcome, wish);
  }
  const resource = body?.resourceType === 'Bundle' ? matchIn(body) : body;
  if (resource?.resourceType === 'OperationOutcome') return { is: 'given-up' };
  if (resource?.resourceType === 'Patient') return { is: 'done', patient: resource.id ?? '' };
  if (resource?.resourceType === 'Appointment') return { is: 'done', appointment: toldOf(resource) };
  return { is: 'nothing', why: `${body?.resourceType ?? 'nothing'} instead of what was asked for` };
}

function matchIn(bundle: Bundle): Resource | undefined {
  return bundle.entry?.find(({ search }) => search?.mode !== 'outcome')?.resource;
}

export function toldOf(appointment: Appointment): Told {
  return { id: appointment.id ?? '', status: appointment.status ?? '', ...placeOf(appointment) };
}

export function placeOf({ start, end, participant }: Appointment): Place {
  const actor = (type: string) =>
    participant.map(({ actor }) => actor?.reference ?? '').find((one) => one.startsWith(`${type}/`)) ?? '';
  return {
    start: Date.parse(start ?? ''),
    end: Date.parse(end ?? ''),
    practitioner: actor('Practitioner'),
    location: actor('Location'),
  };
}

export function codeOf(body: Resource | undefined): string | undefined {
  return body?.resourceType === 'OperationOutcome' ? body.issue[0]?.details?.coding?.[0]?.code : undefined;
}

/** Times that a refusal offers instead, by the id of their Slot. */
export function alternativesIn(body: Resource | undefined): string[] {
  const issues = body?.resourceType === 'OperationOutcome' ? (body as OperationOutcome).issue : [];
  return issues
    .flatMap(({ extension }) => extension ?? [])
    .flatMap(({ valueReference }) => valueReference?.reference?.split('/')[1] ?? []);
}
