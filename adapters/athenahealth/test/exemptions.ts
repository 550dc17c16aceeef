/** What the conformance run leaves out, each with the reason that the README gives too. */
export const waivers = {
  'where a longer visit fits, a shorter one fits too':
    'a slot is found for one reason or type, so another length is another opening',
  'a booking that is throttled is not done and says how long to wait':
    'athenaOne does not say how long; test/booking.test.ts has that nothing is done',
  'two people who cannot be told apart are both found, or the EMR refuses the second':
    'POST /patients gives the id of the one who is there; test/patients.test.ts',
} as const;

export const unneededRoutes = {
  appointmentNotes:
    'rows of the simulator bring their notes; test/connection.test.ts reads them by themselves',
  changedAppointments: 'test/changes.test.ts',
  subscribeToChanges: 'test/changes.test.ts',
} as const;
