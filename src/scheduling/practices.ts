import { Failure } from '#domain/failure.ts';
import { isIanaZone, parseInstant } from '#domain/local-time.ts';
import {
  type BusinessAssociateAgreement,
  insertPractice,
  type Practice,
  type PracticeChange,
  practiceIds,
  readPractice,
  updatePractice,
} from '#store/practices.ts';
import { attemptOf, type Caller } from './caller.ts';
import { rowId } from './ids.ts';
import type { Operator } from './operator.ts';
import type { Scheduling } from './scheduling.ts';

export type NewPractice = Pick<Practice, 'name' | 'timeZone' | 'phone' | 'bookingMode'>;

/**
 * Adds a practice, in sandbox: {@link changePracticeMode} takes it live once its agreement is recorded.
 *
 * @returns its id
 * @throws Failure `missing-element`, `invalid-value` with the name of the field
 */
export async function addPractice(on: Scheduling, operator: Operator, asked: NewPractice): Promise<string> {
  const practiceId = rowId();
  const practice = {
    practiceId,
    name: words('name', asked.name),
    timeZone: valid('timeZone', asked.timeZone, isIanaZone, 'Give an IANA zone, e.g. America/Denver.'),
    phone: asked.phone && valid('phone', asked.phone, isPhone, 'Give a number such as +1 303 555 0100.'),
    mode: 'sandbox' as const,
    bookingMode: asked.bookingMode,
  };
  const attempt = attemptOf(
    { ...operator, practiceId },
    { action: 'practice.create', resourceId: practiceId },
  );
  await on.database.withPractice(practiceId, async (tx) => {
    await insertPractice(tx, practice);
    await on.audit.record(tx, practiceId, { ...attempt, outcome: 'success' });
  });
  return practiceId;
}

/** All practices, the oldest first. Each is read by itself: no query sees two. */
export async function listPractices(on: Scheduling): Promise<Practice[]> {
  const practices: Practice[] = [];
  for (const practiceId of await on.database.withoutPractice(practiceIds)) {
    const practice = await on.database.withPractice(practiceId, readPractice);
    if (practice) practices.push(practice);
  }
  return practices;
}

/** @throws Failure `not-found`, before anything is written under an id that is nobody's */
export async function requirePractice(on: Scheduling, practiceId: string): Promise<Practice> {
  const practice = await on.database.withPractice(practiceId, readPractice);
  if (!practice) throw new Failure('not-found', { hint: 'There is no practice of this id.' });
  return practice;
}

/** The practice as it stands, read on the record. */
export function showPractice(on: Scheduling, caller: Caller): Promise<Practice> {
  const attempt = attemptOf(caller, { action: 'practice.read', resourceId: caller.practiceId });
  return on.audit.transaction(caller.practiceId, attempt, async (tx) => {
    const practice = await readPractice(tx);
    if (!practice) throw new Failure('not-found');
    return practice;
  });
}

/**
 * Sandbox meets simulators and vendor sandboxes only; live meets real patients.
 *
 * @throws Failure `baa-required` for live without a recorded agreement (45 CFR 164.504(e))
 */
export function changePracticeMode(
  on: Scheduling,
  caller: Caller,
  mode: Practice['mode'],
): Promise<Practice> {
  return change(on, caller, ({ baa }) => {
    if (mode === 'live' && !baa) throw new Failure('baa-required');
    return { mode };
  });
}

/** Whether agents may book: not at all, into the practice's queue only, or into its EMR. */
export function changeBookingMode(
  on: Scheduling,
  caller: Caller,
  bookingMode: Practice['bookingMode'],
): Promise<Practice> {
  return change(on, caller, () => ({ bookingMode }));
}

/**
 * Records the signed business associate agreement; a later one takes the place of an earlier one.
 *
 * @throws Failure `missing-element`, `invalid-value`, `invalid-date` with the name of the field
 */
export function recordBaa(
  on: Scheduling,
  caller: Caller,
  asked: BusinessAssociateAgreement,
): Promise<Practice> {
  return change(on, caller, () => {
    const signedAt = parseInstant(asked.signedAt);
    if (signedAt === undefined || signedAt > on.clock.now())
      throw new Failure('invalid-date', { expression: 'signedAt' });
    const baa = {
      version: words('version', asked.version),
      sha256: valid('sha256', asked.sha256.toLowerCase(), isSha256, 'Give 64 hexadecimal digits.'),
      signer: words('signer', asked.signer),
      signedAt: asked.signedAt,
    };
    return { baa };
  });
}

/** Ends all access for agents, on every process within a second. Doing it again keeps the first moment. */
export function disablePractice(on: Scheduling, caller: Caller): Promise<Practice> {
  return change(on, caller, ({ disabledAt }) => ({ disabledAt: disabledAt ?? new Date(on.clock.now()) }));
}

export function enablePractice(on: Scheduling, caller: Caller): Promise<Practice> {
  return change(on, caller, () => ({ disabledAt: null }));
}

async function change(
  on: Scheduling,
  caller: Caller,
  decide: (practice: Practice) => PracticeChange,
): Promise<Practice> {
  const { practiceId } = caller;
  const attempt = attemptOf(caller, { action: 'practice.change', resourceId: practiceId });
  const changed = await on.audit.transaction(practiceId, attempt, async (tx) => {
    const practice = await readPractice(tx);
    if (!practice) throw new Failure('not-found');
    await updatePractice(tx, decide(practice));
    return (await readPractice(tx)) ?? practice;
  });
  on.cache.forget(`practice/${practiceId}`);
  return changed;
}

function words(field: string, text: string): string {
  const trimmed = text.trim();
  if (trimmed === '') throw new Failure('missing-element', { expression: field });
  return valid(field, trimmed, isLine, 'Give one line of at most 200 characters.');
}

function valid(field: string, text: string, is: (text: string) => boolean, hint: string): string {
  if (!is(text)) throw new Failure('invalid-value', { expression: field, hint });
  return text;
}

const isLine = (text: string): boolean => /^\P{C}{1,200}$/u.test(text);
const isPhone = (text: string): boolean => /^\+?[0-9][0-9 ().-]{4,28}$/.test(text);
const isSha256 = (text: string): boolean => /^[0-9a-f]{64}$/.test(text);
