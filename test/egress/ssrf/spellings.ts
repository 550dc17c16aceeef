import { addressSpellings } from './address-spellings.ts';
import { ipv4Spellings } from './ipv4-spellings.ts';
import { ipv6Spellings } from './ipv6-spellings.ts';
import { nameSpellings } from './names.ts';
import type { Spelling } from './spelling.ts';

/** Every way we know to write an address that leads inside, each once. */
export const spellings: readonly Spelling[] = [
  ...new Map(
    [...ipv4Spellings, ...ipv6Spellings, ...addressSpellings, ...nameSpellings].map((spelling) => [
      spelling.origin('https'),
      spelling,
    ]),
  ).values(),
];

/** The same, trick by trick. */
export const tricks: readonly (readonly [trick: string, spellings: readonly Spelling[]])[] = [
  ...Map.groupBy(spellings, ({ trick }) => trick),
];
