/**
 * Are these one name as people write it? Case, accents and the amount of white space do not matter; everything else
 * does: EMRs search by part of a name, and "Ann" is not "Anna".
 */
export function sameName(a: string, b: string): boolean {
  const [left, right] = [fold(a), fold(b)];
  return left !== '' && left === right;
}

function fold(name: string): string {
  return name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll('’', "'")
    .replaceAll(/\s+/gu, ' ')
    .trim()
    .toLowerCase();
}
