import { readFile } from 'node:fs/promises';
import { isLocalDate, parseInstant } from '#domain/local-time.ts';
import { Complaint } from './complaint.ts';

/** An instant with its offset, or a day that stands for its first moment in UTC. @throws Complaint, exit code 2 */
export function instantOf(option: string, text: string): Date {
  const instant = parseInstant(isLocalDate(text) ? `${text}T00:00:00Z` : text);
  if (instant === undefined)
    throw new Complaint(`--${option} takes a day, 2027-03-04, or an instant, 2027-03-04T10:30:00-06:00.`, 2);
  return new Date(instant);
}

/** @throws Complaint, exit code 2 */
export function integerOf(option: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Complaint(`--${option} takes a whole number.`, 2);
  return Number(text);
}

/** @throws Complaint that names the option and not the path's content */
export async function fileOf(option: string, path: string): Promise<Buffer> {
  return readFile(path).catch(() => {
    throw new Complaint(`The file of --${option} cannot be read.`);
  });
}
