import type { BookingRequest, Opening } from '#adapter-kit/index.ts';

/** Resources of an invented clinic, each with one element that a test may override. */

export const slot = (overridden: object = {}) => ({
  resourceType: 'Slot',
  id: 'slot-1',
  meta: { versionId: '1' },
  schedule: { reference: 'Schedule/sch-1' },
  status: 'free',
  start: '2031-03-04T16:00:00Z',
  end: '2031-03-04T16:30:00Z',
  ...overridden,
});

export const schedule = (overridden: object = {}) => ({
  resourceType: 'Schedule',
  id: 'sch-1',
  active: true,
  actor: [{ reference: 'Practitioner/p-1' }, { reference: 'Location/l-1' }],
  ...overridden,
});

export const appointment = (overridden: object = {}) => ({
  resourceType: 'Appointment',
  id: 'appt-1',
  meta: { versionId: '3' },
  status: 'booked',
  start: '2031-03-04T16:00:00Z',
  end: '2031-03-04T16:30:00Z',
  minutesDuration: 30,
  slot: [{ reference: 'Slot/slot-1' }],
  comment: 'GW:7K3QX5M2TA.1',
  participant: [
    { actor: { reference: 'Patient/pat-1' }, status: 'accepted' },
    { actor: { reference: 'Practitioner/p-1' }, status: 'accepted' },
    { actor: { reference: 'Location/l-1' }, status: 'accepted' },
  ],
  ...overridden,
});

export const patient = (overridden: object = {}) => ({
  resourceType: 'Patient',
  id: 'pat-1',
  active: true,
  name: [{ use: 'official', family: 'Okafor', given: ['Zoë', 'Marie'] }],
  gender: 'female',
  birthDate: '1984-02-29',
  ...overridden,
});

export const opening = (overridden: Partial<Opening> = {}): Opening => ({
  vendorKey: 'slot:slot-1',
  start: '2031-03-04T10:00:00-06:00',
  end: '2031-03-04T10:30:00-06:00',
  minutes: 30,
  practitioner: 'p-1',
  location: 'l-1',
  claims: ['practitioner:p-1', 'slot:slot-1'],
  ...overridden,
});

export const request = (overridden: Partial<BookingRequest> = {}): BookingRequest => ({
  patient: 'pat-1',
  opening: opening(),
  marker: 'GW:7K3QX5M2TA.1',
  ...overridden,
});

export const window = { from: '2031-03-04T00:00:00-06:00', to: '2031-03-05T00:00:00-06:00' };
