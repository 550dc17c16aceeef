import type { Webhooks } from '#adapter-kit/index.ts';
import { delivery } from './wire.ts';

/**
 * DrChrono's deliveries (app.drchrono.com/api-docs, "Webhooks"). The header called a signature is the secret itself. A
 * body may be old by hours and holds the whole appointment, bills included: only whose and which is read.
 */
export const webhooks: Webhooks = {
  setUp:
    'In DrChrono’s API management, at the application: add a webhook with this address and secret and the events APPOINTMENT_CREATE, APPOINTMENT_MODIFY and APPOINTMENT_DELETE, then press the button that verifies the address.',
  addressCheck: { query: 'msg', answer: 'secret_token' },
  secretHeader: 'x-drchrono-signature',
  deliveryHeader: 'x-drchrono-delivery',
  eventHeader: 'x-drchrono-event',
  events: ['APPOINTMENT_CREATE', 'APPOINTMENT_MODIFY', 'APPOINTMENT_DELETE'],
  body: delivery,
  tenantSetting: 'practiceGroup',
};
