import { Failure } from '#domain/failure.ts';
import type { Tx } from '#store/database.ts';
import { listDirectory } from '#store/directory.ts';
import { deleteVisitType, listVisitTypes, saveVisitType, type VisitType } from '#store/visit-types.ts';
import { attemptOf, type Caller } from './caller.ts';
import type { Scheduling } from './scheduling.ts';

export type VisitTypeChange = Partial<Omit<VisitType, 'code' | 'isDefault'>>;

/** What the practice lets agents book, read on the record. */
export function reviewVisitTypes(on: Scheduling, caller: Caller): Promise<VisitType[]> {
  const attempt = attemptOf(caller, { action: 'visit-type.list' });
  return on.audit.transaction(caller.practiceId, attempt, listVisitTypes);
}

/**
 * Changes a visit type, or adds one. The first of a practice is its default.
 *
 * @param code FHIR id grammar: it is the id of the HealthcareService
 * @throws Failure `missing-element` for a new one without display or minutes, `invalid-value` with the name of the
 *   field, `business-rule` for turning the default off
 */
export function setVisitType(
  on: Scheduling,
  caller: Caller,
  code: string,
  asked: VisitTypeChange,
): Promise<VisitType> {
  return edit(on, caller, code, async (tx, types) => {
    const known = types.find((one) => one.code === code);
    const { display, minutes } = { ...known, ...asked };
    if (!display?.trim()) throw new Failure('missing-element', { expression: 'display' });
    if (minutes === undefined) throw new Failure('missing-element', { expression: 'minutes' });
    const type: VisitType = {
      ...(known ?? { ...fresh, code, isDefault: types.length === 0 }),
      ...asked,
      display: display.trim(),
      minutes,
    };
    await refuseUnfit(tx, type);
    await saveVisitType(tx, caller.practiceId, type);
    return type;
  });
}

/** @throws Failure `unknown-visit-type`; `business-rule` for the default while there are others */
export function removeVisitType(on: Scheduling, caller: Caller, code: string): Promise<VisitType> {
  return edit(on, caller, code, async (tx, types) => {
    const type = find(types, code);
    if (type.isDefault && types.length > 1) throw keepDefault();
    await deleteVisitType(tx, code);
    return type;
  });
}

/** What a search without a type looks for. @throws Failure `unknown-visit-type`, `visit-type-off` */
export function makeDefaultVisitType(on: Scheduling, caller: Caller, code: string): Promise<VisitType> {
  return edit(on, caller, code, async (tx, types) => {
    const type = { ...find(types, code), isDefault: true };
    if (type.mode === 'off') throw new Failure('visit-type-off');
    await saveVisitType(tx, caller.practiceId, type);
    return type;
  });
}

const fresh = {
  vendorRef: undefined,
  practitioners: [],
  locations: [],
  patients: 'any',
  mode: 'direct',
} as const;

async function edit(
  on: Scheduling,
  caller: Caller,
  code: string,
  work: (tx: Tx, types: readonly VisitType[]) => Promise<VisitType>,
): Promise<VisitType> {
  if (!/^[A-Za-z0-9.-]{1,64}$/.test(code))
    throw new Failure('invalid-value', {
      expression: 'code',
      hint: 'A code is up to 64 letters, digits, dots and hyphens.',
    });
  const { practiceId } = caller;
  const attempt = attemptOf(caller, { action: 'visit-type.change', resourceId: code });
  const type = await on.audit.transaction(practiceId, attempt, async (tx) =>
    work(tx, await listVisitTypes(tx)),
  );
  on.cache.forget(`practice/${practiceId}`);
  return type;
}

function find(types: readonly VisitType[], code: string): VisitType {
  const type = types.find((one) => one.code === code);
  if (!type) throw new Failure('unknown-visit-type');
  return type;
}

async function refuseUnfit(tx: Tx, type: VisitType): Promise<void> {
  const { minutes, mode, isDefault } = type;
  if (!/^\P{C}{1,120}$/u.test(type.display)) throw new Failure('invalid-value', { expression: 'display' });
  if (!(Number.isInteger(minutes) && minutes >= 5 && minutes <= 540))
    throw new Failure('invalid-value', { expression: 'minutes', hint: 'A visit lasts 5 to 540 minutes.' });
  if (isDefault && mode === 'off') throw keepDefault();
  const directory = await listDirectory(tx);
  for (const [field, kind] of [
    ['practitioners', 'Practitioner'],
    ['locations', 'Location'],
  ] as const) {
    const known = new Set(directory.filter((one) => one.kind === kind && one.active).map((one) => one.id));
    if (!type[field].every((id) => known.has(id)))
      throw new Failure('invalid-value', {
        expression: field,
        hint: `Give ids of the practice's directory, as in GET [base]/${kind}.`,
      });
  }
}

function keepDefault(): Failure {
  return new Failure('business-rule', {
    hint: 'It is the practice’s default visit type. Make another one the default first.',
  });
}
