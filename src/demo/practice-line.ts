import type { DemoPractice } from './demo-file.ts';
import { demoOffices } from './offices.ts';

/** A practice of the demo as a start tells of it: its name, what people call its EMR and where that listens, its zone. */
export function practiceLine({
  name,
  emr,
  timeZone,
  simulator,
}: Pick<DemoPractice, 'name' | 'emr' | 'timeZone' | 'simulator'>): string {
  const title = demoOffices.find((office) => office.emr === emr)?.emrTitle ?? emr;
  return `  Practice    ${name.padEnd(29)}${title.padEnd(15)}simulated at ${simulator.url.padEnd(24)}${timeZone}`;
}
