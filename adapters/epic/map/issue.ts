import type { RefusalRow } from '#adapter-kit/index.ts';
import { issueMap, outcomesOf, type Page } from '../../fhir-r4/index.ts';

/** Issues of Epic's own code system, `urn:oid:1.2.840.114350.1.13.{environment}.7.2.657369`. */
export const codes = {
  pagingSessionExpired: '4113',
  /** Not authorised for a part of what was searched: results were left out. */
  resultsSuppressed: '59204',
  /** The server did not use a part of the question, and answered a wider one. */
  ignored: ['59100', '59109', '4122'],
} as const;

/**
 * Answers to `$book` that are surely no booking: an outcome with one of these fatal codes. Which one Epic gives for a
 * time that was taken after `$find` is not published; 59144 (the proposal is not there any more), 59159 (a business rule)
 * and 59134 (no template) are taken for it: the gateway then looks whether the patient has the visit all the same, and
 * offers other times. 59177 (internal) and 59141 (a duplicate, perhaps of our own making) prove nothing and stay
 * ambiguous, as does every 400, 409 and 422 without a code.
 */
export const refusals: readonly RefusalRow[] = [
  { status: 401, means: 'not-done', reason: 'unauthorized' },
  { status: 403, means: 'not-done', reason: 'unauthorized' },
  { status: 429, means: 'not-done', reason: 'throttled' },
  ...[issueMap.declined(), 400, 404, 409, 422].flatMap((status): RefusalRow[] => [
    { status, text: coded('59144', '59159', '59134'), means: 'taken', reason: 'taken' },
    { status, text: coded('4135'), means: 'not-done', reason: 'throttled' },
    { status, text: coded('4118', '4130', '4131'), means: 'not-done', reason: 'unauthorized' },
    // The question itself was wrong.
    {
      status,
      text: coded(
        '4100',
        '4102',
        '4107',
        '4110',
        '4111',
        '4112',
        '4115',
        '59008',
        '59102',
        '59105',
        '59108',
        '59111',
      ),
      means: 'not-done',
      reason: 'rejected',
    },
  ]),
  // IIS answers by a web page where there is no such operation.
  { status: 404, means: 'not-done', reason: 'missing' },
  { status: 405, means: 'not-done', reason: 'rejected' },
  { status: 406, means: 'not-done', reason: 'rejected' },
  { status: 415, means: 'not-done', reason: 'rejected' },
];

/** The codes of all issues that came with an answer. */
export function codesIn(page: Page): readonly string[] {
  return outcomesOf(page).flatMap(({ issue }) =>
    issue.flatMap(({ details }) => details?.coding?.flatMap(({ code }) => code ?? []) ?? []),
  );
}

/** Text in which a code is found as in a body of Epic's. */
export function codedText(all: readonly string[]): string {
  return JSON.stringify(all.map((code) => ({ code })));
}

/** Holds one of these codes, and none that leaves open what happened. */
export function coded(...wanted: readonly string[]): RegExp {
  const one = (list: readonly string[]) => `"code"\\s*:\\s*"(?:${list.join('|')})"`;
  return new RegExp(`^(?![\\s\\S]*${one(['59177', '59141'])})[\\s\\S]*${one(wanted)}`);
}
