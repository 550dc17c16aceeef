import type { Grammar } from '#adapter-kit/index.ts';

/**
 * Compiles a grammar into a test of a value's whole text. Whatever the pattern says, the test is anchored at both ends,
 * keeps no state between calls, and never accepts control, format, surrogate or line-separating characters.
 */
export function wholeText({ pattern, maxLength }: Grammar): TextTest {
  const whole = new RegExp(`^(?:${pattern.source})$`, pattern.flags.replaceAll(/[gmy]/g, ''));
  return (text) => text.length <= maxLength && whole.test(text) && !unprintable.test(text);
}

export type TextTest = (text: string) => boolean;

const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
