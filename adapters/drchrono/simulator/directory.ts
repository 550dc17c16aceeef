import type { Doctor, Office, PracticePlan, Profile, User } from './practice-plan.ts';

/** Ids are unique in the simulator, so that a doctor is found without the practice. */
export function doctorOf(practices: readonly PracticePlan[], id: number): Doctor | undefined {
  return practices.flatMap(({ doctors }) => doctors).find((one) => one.id === id);
}

export function officeOf(practice: PracticePlan, id: number): Office | undefined {
  return practice.offices.find((one) => one.id === id);
}

export function profileOf(practice: PracticePlan, id: number): Profile | undefined {
  return practice.profiles.find((one) => one.id === id);
}

export function userOf(
  practices: readonly PracticePlan[],
  id: string,
): { readonly user: User; readonly practice: PracticePlan } | undefined {
  for (const practice of practices) {
    const user = practice.users.find((one) => String(one.id) === id);
    if (user !== undefined) return { user, practice };
  }
  return undefined;
}
