import { type EmrAnswer, type EmrTexts, Refusal } from '#simulator-kit/index.ts';
import type { Settings } from './settings.ts';

/** The vendor's error: two newlines, then an object. */
export function errorAnswer(status: number, error: string, more: ErrorMembers = {}): EmrAnswer {
  const body = `\n\n${JSON.stringify({ error, ...more })}`;
  return { status, headers: { 'content-type': 'application/json' }, body };
}

/** What the gateway in front of it says, which is not JSON. */
export function gatewayAnswer(status: number, text: string): EmrAnswer {
  return { status, headers: { 'content-type': 'text/plain' }, body: text };
}

export interface ErrorMembers {
  readonly detailedmessage?: string;
  readonly missingfields?: readonly string[];
  readonly invalidfields?: readonly string[];
}

/** To throw from a handler. */
export function refuse(status: number, error: string, more?: ErrorMembers): Refusal {
  return new Refusal(errorAnswer(status, error, more));
}

export function missing(...missingfields: string[]): Refusal {
  return refuse(400, 'Additional fields are required.', { missingfields });
}

export function invalid(detailedmessage?: string): Refusal {
  return refuse(
    400,
    'The data provided is invalid.',
    detailedmessage === undefined ? {} : { detailedmessage },
  );
}

/** One answer for a slot that is taken, not for the web, frozen, or none. */
export function conflict(): Refusal {
  return new Refusal(conflictAnswer());
}

export function conflictAnswer(): EmrAnswer {
  return errorAnswer(409, 'That appointment time was already booked or not available for booking.', {
    detailedmessage:
      'The appointment ID is already booked or is not marked as being available to be scheduled via the API.',
  });
}

export function unavailable(status = 404): Refusal {
  return refuse(status, 'The appointment is not available.');
}

export function noAppointment({ settings }: { readonly settings: Settings }): Refusal {
  return unavailable(Number(settings.missingAppointment));
}

export function noPatient(): Refusal {
  return refuse(404, 'The patient is not available.');
}

export function forbidden(): EmrAnswer {
  return errorAnswer(403, 'You do not have permission to perform this operation.', {
    detailedmessage: 'This API is not enabled for the practice.',
  });
}

/** Where the kit speaks for the vendor: what no application of the vendor would say comes from the gateway. */
export function kitError(status: number, text: string): EmrAnswer {
  return status < 429 ? errorAnswer(status, text) : gatewayAnswer(status, text);
}

/** Wordings that are not documented; no client may rely on them. */
export const texts: EmrTexts = {
  throttled: 'Rate limit quota violation.',
  timeout: 'Gateway Timeout',
  failure: 'Internal Server Error',
  lostConnectivity: 'The practice database is not available.',
};
