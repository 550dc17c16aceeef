/** System of the identifier that an appointment is known by where the server creates conditionally. */
export const bookingSystem = 'urn:postern:booking';

/** `urn:postern:booking|GW:7K3QX5M2TA`: the intent of a marker, without the number of its send. */
export function intentOf(marker: string): string {
  return `${bookingSystem}|${marker.replace(/\.\d+$/, '')}`;
}
