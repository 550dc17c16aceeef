import { openingOfSlot, slotId } from './schedule-book.ts';
import { seal, unseal } from './seal.ts';
import type { EpicCall } from './tables.ts';
import type { Opening } from './weekly-template.ts';

/** The id of a proposed appointment: longer than FHIR's 64 characters, another at every `$find`, good for a while. */
export function temporaryId({ practice, now }: EpicCall, opening: Opening): string {
  return seal('proposal', `${slotId(practice, opening)} ${now.toString(36)}`);
}

/** What a temporary id stands for; undefined when it is not one or has expired. */
export function proposalOf({ practice, settings, now }: EpicCall, id: string): Opening | undefined {
  const [slot = '', issued = ''] = unseal('proposal', id)?.split(' ') ?? [];
  const age = now - Number.parseInt(issued, 36);
  if (!(age < settings.temporaryIdSeconds * 1000)) return undefined;
  return openingOfSlot(practice, slot);
}
