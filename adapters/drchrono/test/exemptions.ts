/** Routes that no conformance case needs, each with the reason. The README repeats them. */
export const unneededRoutes: Readonly<Record<string, string>> = {
  templates: 'only a visit type of the EMR is limited by templates, which availability.test.ts asks for',
  changedAppointments: 'changes are asked for in booking.test.ts',
};
