import type { Adapter, ConnectionSettings } from '#adapter-kit/adapter.ts';
import { Complaint } from './complaint.ts';

/**
 * Settings as they were typed, each as its adapter's schema wants it: as the text that it is where the schema takes that,
 * so that `236.2` stays the name of an environment, else as a number or as yes and no. What the schema takes in no form
 * stays text, for whoever judges all of them to name it.
 *
 * @param typed each `NAME=VALUE`
 * @throws Complaint, exit code 2, for what is no such pair
 */
export function settingValues(
  { settings }: Pick<Adapter, 'settings'>,
  typed: readonly string[],
): ConnectionSettings {
  return Object.fromEntries(
    typed.map(pairOf).map(([name, text]) => {
      const takes = (value: string | number | boolean): boolean => {
        const { success, error } = settings.safeParse({ [name]: value });
        return success || !error.issues.some(({ path }) => path[0] === name);
      };
      return [name, formsOf(text).find(takes) ?? text];
    }),
  );
}

function formsOf(text: string): (string | number | boolean)[] {
  if (text === 'true' || text === 'false') return [text, text === 'true'];
  return /^-?\d+(\.\d+)?$/.test(text) ? [text, Number(text)] : [text];
}

function pairOf(text: string): readonly [name: string, value: string] {
  const [, name, value] = /^([A-Za-z][A-Za-z0-9]*)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new Complaint('--setting takes NAME=VALUE.', 2);
  return [name, value];
}
