import type { ProblemCode } from '#scheduling/consent/problem.ts';

/** What a problem is called on its page, what it means and what to do next, in words for a practice's staff. */
export interface ProblemWords {
  readonly status: number;
  readonly title: string;
  readonly say: string;
  readonly next: string;
}

const newLink = 'Ask the person who sent you the link for a new link and code.';
const again = 'Try again. If it happens a second time, tell the person who sent you the link.';
const tellThem = 'Send the reference below to the person who sent you the link. They can set this right.';

export const problemWords: Readonly<Record<ProblemCode, ProblemWords>> = {
  'link-unknown': {
    status: 404,
    title: 'This link is not valid',
    say: 'There is no such link. It may have been cut off when it was copied.',
    next: `Check that you copied the whole address. ${newLink}`,
  },
  'link-expired': {
    status: 410,
    title: 'This link has expired',
    say: 'For safety, a link can be used for a limited time only.',
    next: newLink,
  },
  'link-used': {
    status: 409,
    title: 'This link was used already',
    say: 'The connection that it was made for is there.',
    next: 'There is nothing left to do here. To connect again, ask for a new link and code.',
  },
  'link-guessed': {
    status: 410,
    title: 'This link was closed',
    say: 'A wrong code was entered five times. To keep strangers out, the link does not work any more.',
    next: newLink,
  },
  'other-browser': {
    status: 403,
    title: 'This link belongs to another browser',
    say: 'A link works only in the browser in which its code was entered.',
    next: 'Go on in that browser. If it was not you who entered the code, tell the person who sent you the link, and ask for a new link and code.',
  },
  'wrong-code': {
    status: 422,
    title: 'That code is not right',
    say: 'The code has eight digits. It was sent to you separately from the link.',
    next: 'Check the code and enter it again.',
  },
  'practice-closed': {
    status: 403,
    title: 'This practice cannot be connected at the moment',
    say: 'The practice or its connection is turned off, or the agreement that is needed before real patients are booked has not been recorded yet.',
    next: tellThem,
  },
  'practice-mode': {
    status: 403,
    title: 'This practice is set up for testing only',
    say: 'A practice that is set up for testing connects to test systems, never to the EMR with real patients.',
    next: tellThem,
  },
  'second-connection': {
    status: 409,
    title: 'This practice is connected already',
    say: 'Another connection of this practice is in use, and bookings can go to one EMR only.',
    next: 'If that connection is to be replaced, ask for it to be disconnected first.',
  },
  'registration-taken': {
    status: 409,
    title: 'This address belongs to another practice',
    say: 'The EMR that this link leads to is connected for another practice, so nothing was connected here.',
    next: tellThem,
  },
  'other-practice': {
    status: 409,
    title: 'You signed in to another practice of your EMR',
    say: 'The connection is for another account than the one you signed in with. It stays as it was, and what was allowed just now is not used.',
    next: 'Sign out of your EMR, and sign in with an account of the practice that this connection is for.',
  },
  'address-refused': {
    status: 422,
    title: 'This address cannot be used',
    say: 'The address of an EMR begins with https:// and has a public name, without a port number.',
    next: 'Check the address with your EMR’s support and enter it again.',
  },
  'address-silent': {
    status: 502,
    title: 'There is no answer at this address',
    say: 'The server of your EMR could not be reached, or did not answer in time.',
    next: 'Check the address. If it is right, wait a few minutes and try again.',
  },
  'address-not-smart': {
    status: 422,
    title: 'This is not the address that is needed',
    say: 'There is a server, but it does not say how a practice can give its consent, or not in a way that is safe.',
    next: 'Ask your EMR’s support for the “FHIR R4 base address for SMART apps” and enter that. If it is this one, tell them that its SMART configuration is missing or not safe to use.',
  },
  'not-approved': {
    status: 409,
    title: 'Your EMR is not ready to be connected yet',
    say: 'The gateway is not registered with your EMR, or the registration was not approved. Nothing was sent to your EMR.',
    next: tellThem,
  },
  'server-changed': {
    status: 409,
    title: 'Your EMR’s sign-in server has changed',
    say: 'It does not describe itself as it did when it was checked. To be safe, nothing was sent there.',
    next: tellThem,
  },
  settings: {
    status: 422,
    title: 'Some answers need another look',
    say: 'The fields that are marked are missing or do not have the form that is needed.',
    next: 'Correct them and send the page again.',
  },
  'key-missing': {
    status: 422,
    title: 'The key is missing',
    say: 'The connection needs the key that your EMR shows in its settings.',
    next: 'Copy the key from your EMR and enter it.',
  },
  'callback-unknown': {
    status: 400,
    title: 'We were not waiting for this',
    say: 'Your EMR sent you here with something that we did not ask for, or that is too old. It was not used.',
    next: 'Open your link again and start from there.',
  },
  'callback-used': {
    status: 409,
    title: 'This came too late',
    say: 'Each visit to your EMR can be finished once, within ten minutes. What you allowed was not used.',
    next: 'Start again.',
  },
  'callback-elsewhere': {
    status: 403,
    title: 'This was started in another browser',
    say: 'What you allowed at your EMR was asked for from another browser, perhaps by somebody else. It was not used, and nothing was connected.',
    next: 'If you followed a link that somebody else sent you, tell your EMR’s support. To connect, start from your own link in this browser.',
  },
  'callback-refused': {
    status: 400,
    title: 'The answer of your EMR does not fit',
    say: 'It came from another server, or to another address, than we had asked. It was not used.',
    next: `Start again. If it happens a second time, ${lower(tellThem)}`,
  },
  denied: {
    status: 403,
    title: 'You did not allow the connection',
    say: 'At your EMR the request was turned down, so nothing was connected.',
    next: 'If that was not meant, start again and choose “allow”. Some EMRs let only administrators allow an app.',
  },
  'our-registration': {
    status: 502,
    title: 'Your EMR does not accept the gateway',
    say: 'Your EMR answered that it does not know the gateway, or not in this way. This is not your mistake.',
    next: `${tellThem} A registration that is new can take some hours until every EMR knows it.`,
  },
  'emr-busy': {
    status: 503,
    title: 'Your EMR is busy',
    say: 'Its sign-in server could not answer just now. Nothing was connected.',
    next: 'Wait a few minutes, then start again.',
  },
  'emr-unclear': {
    status: 502,
    title: 'Your EMR’s answer did not arrive',
    say: 'You allowed the connection, but the answer got lost or came too late. Nothing was connected.',
    next: again,
  },
  'no-refresh-token': {
    status: 422,
    title: 'Your EMR allows the connection for a moment only',
    say: 'Without lasting access the connection would end within the hour, so it was not made.',
    next: 'Start again and allow access while you are away (often called “offline access” or “keep me connected”), for the longest time that is offered.',
  },
  'scope-empty': {
    status: 422,
    title: 'Your EMR allowed nothing',
    say: 'It answered without any permission, so nothing can be connected.',
    next: 'Start again and leave the permissions ticked. If there are none to tick, your EMR’s support has to turn them on for the app.',
  },
  'scope-different': {
    status: 422,
    title: 'Your EMR allowed something else',
    say: 'None of the permissions for scheduling came, but others that were not asked for. They were not taken.',
    next: tellThem,
  },
  'scope-wider': {
    status: 422,
    title: 'Your EMR allowed more than scheduling',
    say: 'The gateway takes what scheduling needs and nothing more, so this was not taken.',
    next: 'Start again and untick what is listed below. If your EMR offers no such choice, somebody who answers for the practice can accept it, and the reason is kept: ask the person who sent you the link.',
  },
  'scope-missing': {
    status: 422,
    title: 'A permission is missing',
    say: 'Without the permissions that are listed below no opening can be found, so nothing was connected.',
    next: 'Start again and leave them ticked. If they are not offered, your EMR’s support has to turn them on for the app.',
  },
  'schedule-refused': {
    status: 422,
    title: 'Your EMR let us in, but refuses to show its schedule',
    say: 'Signing in worked and you allowed the connection. A first look at the schedule, without patient data, was then refused, so nothing was connected.',
    next: 'It is one of two things:',
  },
  'emr-refused-access': {
    status: 422,
    title: 'Your EMR refused the first look',
    say: 'The key or the permission was there, but a first look at the schedule’s set-up, without patient data, was refused.',
    next: 'Check that the key is right and turned on in your EMR, and that the user you signed in with may see the schedule.',
  },
  'emr-away': {
    status: 503,
    title: 'Your EMR did not answer',
    say: 'A first look at the schedule’s set-up, without patient data, got no answer.',
    next: 'Check that your EMR is running, then try again.',
  },
  'form-expired': {
    status: 403,
    title: 'This page was open for too long',
    say: 'What was sent does not belong to the page that is open in this browser now, so it was not used.',
    next: 'Go back to the page, load it again and repeat.',
  },
  throttled: {
    status: 429,
    title: 'Too many tries',
    say: 'There were many requests in a short time.',
    next: 'Wait a few minutes, then go on.',
  },
  internal: {
    status: 500,
    title: 'Something failed on our side',
    say: 'This is not your mistake. Nothing more is known.',
    next: again,
  },
};

function lower(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}
