import type { EmrAnswer } from '#simulator-kit/index.ts';
import { refuse } from '../error.ts';
import { page } from '../page.ts';
import type { Department, Reason } from '../practice-plan.ts';
import type { AthenaCall, Method } from '../tables.ts';
import { cancelReasonRow, departmentRow, providerRow, reasonRow, typeRow } from '../wire/directory.ts';
import { answer } from '../wire/json.ts';

export const directoryMethods: readonly Method[] = [
  { verb: 'GET', template: '/ping', handle: (call) => answer(call, { Pong: 'true' }) },
  { verb: 'GET', template: '/departments', handle: listDepartments },
  { verb: 'GET', template: '/departments/{departmentid}', handle: readDepartment },
  { verb: 'GET', template: '/providers', handle: listProviders },
  { verb: 'GET', template: '/providers/{providerid}', handle: readProvider },
  { verb: 'GET', template: '/appointmenttypes', handle: listTypes },
  { verb: 'GET', template: '/appointmenttypes/{appointmenttypeid}', handle: readType },
  { verb: 'GET', template: '/patientappointmentreasons', handle: (call) => listReasons(call, () => true) },
  {
    verb: 'GET',
    template: '/patientappointmentreasons/newpatient',
    handle: (call) => listReasons(call, ({ kind }) => kind !== 'existing'),
  },
  {
    verb: 'GET',
    template: '/patientappointmentreasons/existingpatient',
    handle: (call) => listReasons(call, ({ kind }) => kind !== 'new'),
  },
  { verb: 'GET', template: '/appointmentcancelreasons', handle: listCancelReasons },
  { verb: 'GET', template: '/reference/appointmentconfirmationstatus', handle: listConfirmations },
];

const SIZES = { usual: 1500, most: 5000 };

function listDepartments(call: AthenaCall): EmrAnswer {
  const all = call.parameters.flag('showalldepartments') ?? false;
  const rows = call.practice.departments.filter(({ hidden }) => all || !hidden);
  const listed = call.parameters.flag('providerlist') || call.parameters.flag('fullproviderlist');
  return page(call, 'departments', rows, SIZES, (department) => ({
    ...departmentRow(call, department),
    ...(listed && { providerlist: providersOf(call, department) }),
  }));
}

function readDepartment(call: AthenaCall): EmrAnswer {
  const department = found(call.practice.departments, call.path.departmentid);
  return answer(call, [departmentRow(call, department)]);
}

function listProviders(call: AthenaCall): EmrAnswer {
  const { parameters, practice } = call;
  const name = parameters.text('name')?.toLowerCase() ?? '';
  const type = parameters.text('providertype');
  const rows = practice.providers
    .filter((provider) => type === undefined || provider.type === type)
    .filter(({ first, last }) => `${last} ${first}`.toLowerCase().includes(name));
  return page(call, 'providers', rows, SIZES, (provider) => ({
    ...providerRow(provider),
    ...(parameters.flag('showallproviderids') && { provideridlist: localIds(call, provider.id) }),
  }));
}

function readProvider(call: AthenaCall): EmrAnswer {
  return answer(call, [providerRow(found(call.practice.providers, call.path.providerid))]);
}

/** Types for staff alone are hidden unless somebody asks not to hide them. */
function listTypes(call: AthenaCall): EmrAnswer {
  const { parameters, practice } = call;
  const hides = (name: string, usual = false): boolean => parameters.flag(name) ?? usual;
  const rows = practice.appointmentTypes
    .filter(({ generic }) => !(generic ? hides('hidegeneric') : hides('hidenongeneric')))
    .filter(({ patient }) => patient || !hides('hidenonpatient', true))
    .filter(({ templateOnly }) => !(templateOnly && hides('hidetemplatetypeonly')));
  return page(call, 'appointmenttypes', rows, SIZES, typeRow);
}

function readType(call: AthenaCall): EmrAnswer {
  return answer(call, [typeRow(found(call.practice.appointmentTypes, call.path.appointmenttypeid))]);
}

function listReasons(call: AthenaCall, isOfKind: (reason: Reason) => boolean): EmrAnswer {
  const { parameters, practice } = call;
  parameters.require('departmentid', 'providerid');
  const departments = parameters.ids('departmentid') ?? [];
  const providers = parameters.ids('providerid') ?? [];
  const rows = practice.reasons
    .filter(isOfKind)
    .filter((reason) => reason.departments.some((id) => departments.includes(id)))
    .filter((reason) => reason.providers.some((id) => providers.includes(id)));
  return page(call, 'patientappointmentreasons', rows, SIZES, (reason) => reasonRow(call, reason));
}

function listCancelReasons(call: AthenaCall): EmrAnswer {
  const wanted = call.parameters.flag('slotavailable');
  const rows = call.practice.cancelReasons.filter(
    ({ slotAvailable }) => wanted === undefined || slotAvailable === wanted,
  );
  return page(call, 'appointmentcancelreasons', rows, { usual: 100, most: 5000 }, cancelReasonRow);
}

function listConfirmations(call: AthenaCall): EmrAnswer {
  return answer(call, {
    status: call.practice.confirmations.map(({ id, name }) => ({ statusid: id, name })),
  });
}

function providersOf({ practice }: AthenaCall, { id }: Department): string[] {
  const here = practice.shifts.filter(({ department }) => department === id);
  return [...new Set(here.map(({ provider }) => provider))];
}

/** Every record of a provider, of which one is the canonical one. */
function localIds({ practice }: AthenaCall, id: string): string[] {
  const own = practice.shifts.filter(({ provider }) => provider === id);
  return [...new Set([id, ...own.flatMap(({ localProvider }) => localProvider ?? [])])];
}

function found<Row extends { readonly id: string }>(rows: readonly Row[], id: string | undefined): Row {
  const row = rows.find((one) => one.id === id);
  if (row === undefined) throw refuse(404, 'The requested record is not available.');
  return row;
}
