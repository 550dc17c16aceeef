/** What a caller prefers (RFC 7240). Preferences are wishes: what is not understood is not an error. */
export interface Preferences {
  readonly respondAsync: boolean;
  /** Seconds the caller waits before 202, 0 to 10. */
  readonly waitSeconds?: number;
  readonly return?: 'minimal' | 'representation' | 'OperationOutcome';
  readonly handling?: 'strict' | 'lenient';
}

export const longestWaitSeconds = 10;

/** Reads `Prefer`, of which the first mention of a preference counts (RFC 7240 §2). */
export function parsePrefer(header: string | undefined): Preferences {
  const wishes = new Map<string, string>();
  for (const part of (header ?? '').slice(0, 1_000).split(',')) {
    const [preference = ''] = part.split(';');
    const [name = '', value = ''] = preference.split('=');
    const key = name.trim().toLowerCase();
    if (!wishes.has(key)) wishes.set(key, value.trim().replace(/^"(.*)"$/, '$1'));
  }
  const wait = wishes.get('wait');
  const representation = returns.find((one) => one === wishes.get('return'));
  const handling = handlings.find((one) => one === wishes.get('handling'));
  return {
    respondAsync: wishes.get('respond-async') === '',
    ...(wait !== undefined &&
      /^\d{1,9}$/.test(wait) && { waitSeconds: Math.min(longestWaitSeconds, Number(wait)) }),
    ...(representation !== undefined && { return: representation }),
    ...(handling !== undefined && { handling }),
  };
}

const returns = ['minimal', 'representation', 'OperationOutcome'] as const;
const handlings = ['strict', 'lenient'] as const;
