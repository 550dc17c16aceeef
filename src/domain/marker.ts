import { base32 } from '@scure/base';

/**
 * The marker is what the gateway leaves in an EMR's record to find its own again, e.g. `GW:7K3QXNM2TA.1`: ten base32
 * characters (RFC 4648: A to Z, 2 to 7) of an HMAC over the intent's id, then the number of the send.
 * It says nothing about a person and cannot be guessed without the practice's key.
 */
export function markerStem(hmac: Uint8Array): string {
  if (hmac.length < 7) throw new TypeError('A marker needs at least 7 bytes of HMAC.');
  return `GW:${base32.encode(hmac.slice(0, 10)).slice(0, 10)}`;
}

/** The marker of one send, at most 20 characters. */
export function markerFor(stem: string, epoch: number): string {
  return `${stem}.${epoch}`;
}

/**
 * Every marker in a text that people may have edited: letter case, blanks around the punctuation and the look-alikes
 * 0 for O, 1 for I and 8 for B are tolerated. Returned in the written form of {@link markerFor}.
 */
export function findMarkers(text: string): string[] {
  const found = [
    ...text.matchAll(/(?<![A-Z0-9])GW\s?:\s?([0-8A-Z]{10})\s?\.\s?([1-9][0-9]{0,2})(?![0-9])/gi),
  ];
  return found.map(([, code = '', epoch = '']) => `GW:${canonical(code)}.${epoch}`);
}

/** The number of the send when the marker belongs to the stem, otherwise undefined. */
export function epochOf(stem: string, marker: string): number | undefined {
  const [read] = findMarkers(marker);
  if (read === undefined) return undefined;
  const dot = read.lastIndexOf('.');
  return read.slice(0, dot) === stem ? Number(read.slice(dot + 1)) : undefined;
}

function canonical(code: string): string {
  return code.toUpperCase().replaceAll('0', 'O').replaceAll('1', 'I').replaceAll('8', 'B');
}
