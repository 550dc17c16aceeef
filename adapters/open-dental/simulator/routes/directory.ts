import { json, localDateTime } from '#simulator-kit/index.ts';
import { refuse } from '../error.ts';
import type { OfficePlan } from '../office-plan.ts';
import { dateTimeParam, equals, integerParam, page, textParam } from '../query.ts';
import type { DentalCall, Method } from '../tables.ts';
import {
  appointmentTypeOnWire,
  clinicOnWire,
  definitionOnWire,
  operatoryOnWire,
  PLAN_STAMP,
  providerOnWire,
} from '../wire/directory.ts';

export const directoryMethods: readonly Method[] = [
  { verb: 'GET', template: '/operatories', permission: 'ReadAll', handle: listOperatories },
  { verb: 'GET', template: '/operatories/{OperatoryNum}', permission: 'ReadAll', handle: readOperatory },
  { verb: 'GET', template: '/providers', permission: 'ReadAll', handle: listProviders },
  { verb: 'GET', template: '/providers/{ProvNum}', permission: 'ReadAll', handle: readProvider },
  { verb: 'GET', template: '/clinics', permission: 'ReadAll', handle: listClinics },
  { verb: 'GET', template: '/definitions', permission: 'ReadAll', handle: listDefinitions },
  { verb: 'GET', template: '/appointmenttypes', permission: 'ReadAll', handle: listAppointmentTypes },
  { verb: 'GET', template: '/preferences', permission: 'ReadAll', handle: listPreferences },
];

function listOperatories(plan: OfficePlan, call: DentalCall) {
  const clinic = integerParam(call, 'ClinicNum');
  const rows = plan.operatories.map((row, order) => [row, operatoryOnWire(row, order)] as const);
  const wanted = rows.filter(([row]) => equals(clinic, row.ClinicNum)).map(([, wire]) => wire);
  return json(200, page(call, wanted));
}

function readOperatory(plan: OfficePlan, call: DentalCall) {
  const index = plan.operatories.findIndex(
    ({ OperatoryNum }) => OperatoryNum === Number(call.path.OperatoryNum),
  );
  const row = plan.operatories[index];
  if (row === undefined) throw refuse(call, 404, 'Operatory not found');
  return json(200, operatoryOnWire(row, index));
}

/** By clinic: its visible providers, and no clock. Otherwise hidden and deleted ones too. */
function listProviders(plan: OfficePlan, call: DentalCall) {
  const clinic = integerParam(call, 'ClinicNum');
  const since = dateTimeParam(call, 'DateTStamp') ?? '';
  if (clinic === undefined) {
    const now = localDateTime(call.now, plan.timeZone);
    const rows = PLAN_STAMP >= since ? plan.providers : [];
    return json(
      200,
      page(call, rows).map((row) => providerOnWire(row, now)),
    );
  }
  const exists = clinic === 0 || plan.clinics.some(({ ClinicNum }) => ClinicNum === clinic);
  if (!exists) throw refuse(call, 404, 'Clinic not found');
  const visible = plan.providers.filter(({ hidden }) => !hidden);
  return json(
    200,
    page(call, visible).map((row) => providerOnWire(row, '')),
  );
}

function readProvider(plan: OfficePlan, call: DentalCall) {
  const row = plan.providers.find(({ ProvNum }) => ProvNum === Number(call.path.ProvNum));
  if (row === undefined) throw refuse(call, 404, 'Provider not found');
  return json(200, providerOnWire(row, localDateTime(call.now, plan.timeZone)));
}

function listClinics(plan: OfficePlan, call: DentalCall) {
  return json(200, page(call, plan.clinics).map(clinicOnWire));
}

function listDefinitions(plan: OfficePlan, call: DentalCall) {
  const category = integerParam(call, 'Category');
  const includeHidden = textParam(call, 'includeHidden')?.toLowerCase() === 'true';
  const rows = plan.definitions.filter(
    (row) => equals<number>(category, row.Category) && (includeHidden || row.hidden !== true),
  );
  return json(200, page(call, rows).map(definitionOnWire));
}

function listAppointmentTypes(plan: OfficePlan, call: DentalCall) {
  return json(200, page(call, plan.appointmentTypes).map(appointmentTypeOnWire));
}

function listPreferences(plan: OfficePlan, call: DentalCall) {
  const wanted = textParam(call, 'PrefName');
  const rows = Object.entries(plan.preferences).map(([PrefName, ValueString], index) => ({
    PrefNum: 80 + index,
    PrefName,
    ValueString,
  }));
  return json(
    200,
    page(
      call,
      rows.filter(({ PrefName }) => equals(wanted, PrefName)),
    ),
  );
}
