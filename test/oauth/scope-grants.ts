import fc from 'fast-check';
import type { GrantedScopes, ScopePolicy } from '#oauth/scope-verdict.ts';
import { dataless, worldResources } from './scope-oracle.ts';

/** Policies as adapters write them: SMART v2, SMART v1, a vendor with words of its own, one with a constraint. */
export const policies = {
  v2: {
    atMost: [
      'user/Appointment.crus',
      'user/Slot.rus',
      'user/Schedule.rs',
      'user/Practitioner.rs',
      'user/Location.rs',
      'user/Patient.rs',
    ],
    requiredReads: ['user/Appointment.rs', 'user/Slot.rs'],
    bookingWrites: ['user/Appointment.cu'],
  },
  v1: {
    atMost: ['user/Appointment.read', 'user/Appointment.write', 'user/Slot.read', 'user/Schedule.read'],
    requiredReads: ['user/Slot.read'],
    bookingWrites: ['user/Appointment.write'],
  },
  words: {
    atMost: [
      'user:read',
      'calendar:read',
      'calendar:write',
      'patients:summary:read',
      'patients:summary:write',
    ],
    requiredReads: ['calendar:read', 'patients:summary:read'],
    bookingWrites: ['calendar:write'],
  },
  constrained: {
    atMost: ['user/Appointment.crus?status=booked', 'user/Slot.rs', 'user/Schedule.rs?actor=1&active=true'],
    requiredReads: ['user/Slot.rs', 'user/Appointment.r?status=booked'],
    bookingWrites: ['user/Appointment.c?status=booked'],
  },
} as const satisfies Record<string, ScopePolicy>;

/**
 * Grants as servers give them and as they never should: what was asked in other spellings, less of it, more of it, in
 * any order and case, twice, with constraints, wildcards and junk. Few of them are harmless by chance, so each begins
 * with the policy and changes it a little.
 */
export const grants: fc.Arbitrary<GrantedScopes> = fc
  .constantFrom(...Object.values<ScopePolicy>(policies))
  .chain((policy) =>
    fc.record({
      policy: fc.constant(policy),
      requested: fc.oneof(
        { weight: 4, arbitrary: fc.constant([...policy.atMost, 'openid', 'offline_access']) },
        { weight: 1, arbitrary: fc.subarray([...policy.atMost, 'openid', 'user/Observation.rs']) },
      ),
      granted: fc.oneof(
        { weight: 1, arbitrary: fc.constant(undefined) },
        { weight: 1, arbitrary: fc.constantFrom('', ' ', '   ') },
        { weight: 24, arbitrary: grantTexts(policy) },
      ),
      acceptedWider: fc.oneof(
        { weight: 3, arbitrary: fc.constant([]) },
        { weight: 1, arbitrary: fc.array(anything, { maxLength: 3 }) },
        {
          weight: 1,
          arbitrary: fc.subarray(['user/*.cruds', 'user/Observation.rs', 'user/*.rs', 'clinical:read']),
        },
      ),
    }),
  );

/** Legal resource scopes of the whole world. */
const contexts = fc.constantFrom('user', 'patient', 'system');
const resources = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...worldResources) },
  { weight: 1, arbitrary: fc.constant('*') },
);
const letters = fc.subarray([...'cruds'], { minLength: 1 }).map((list) => list.join(''));
const constraints = fc
  .array(fc.constantFrom('status=booked', 'actor=1', 'active=true', 'category=http://x|y'), {
    minLength: 1,
    maxLength: 2,
  })
  .map((parts) => `?${parts.join('&')}`);
export const resourceScopes: fc.Arbitrary<string> = fc
  .tuple(
    contexts,
    resources,
    fc.oneof(
      { weight: 4, arbitrary: letters },
      { weight: 2, arbitrary: fc.constantFrom('read', 'write', '*') },
      { weight: 1, arbitrary: fc.tuple(letters, constraints).map((pair) => pair.join('')) },
    ),
  )
  .map(([context, resource, access]) => `${context}/${resource}.${access}`);

const vendorWords = fc.constantFrom(
  'clinical:read',
  'calendar:read',
  'user:read',
  'labs:write',
  'epic.scanning',
);
const junk = fc.oneof(
  fc.constantFrom(
    'user/Slot.sr',
    'user/Appointment.dus',
    'user/Slot.rr',
    'user/Slot.',
    'user/slot.rs',
    'User/Slot.rs',
    'user/Slot.Read',
    'user/Slot.read?status=free',
    'user/Slot.rs?',
    'user/Slot.rs?status',
    'user/Slot.rs?a=1&',
    '*/*.*',
    'any/Slot.rs',
  ),
  fc.string({ minLength: 1, maxLength: 12 }).filter((text) => !text.includes(' ')),
);
const anything = fc.oneof(resourceScopes, fc.constantFrom(...dataless), vendorWords, junk);

/** A text out of a policy: each scope respelled, thinned or left out, then a few others among them, all shuffled. */
function grantTexts(policy: ScopePolicy): fc.Arbitrary<string> {
  const own = fc
    .tuple(...policy.atMost.map((scope) => fc.tuple(keeping(scope), fc.nat(11))))
    .map((list) => list.flatMap(([scopes, luck]) => (luck === 0 ? [] : scopes)));
  const others = fc.oneof(
    { weight: 5, arbitrary: fc.constant<string[]>([]) },
    { weight: 2, arbitrary: fc.array(fc.constantFrom(...dataless), { maxLength: 3 }) },
    { weight: 2, arbitrary: fc.array(anything, { minLength: 1, maxLength: 2 }) },
  );
  const whole = fc.tuple(own, others).chain(([mine, more]) => {
    const all = [...mine, ...more];
    return fc.tuple(
      fc.shuffledSubarray(all, { minLength: all.length }),
      fc.subarray(all, { maxLength: Math.min(2, all.length) }),
    );
  });
  const spaces = fc.constantFrom(' ', ' ', ' ', '  ');
  return fc.oneof(
    {
      weight: 12,
      arbitrary: fc.tuple(whole, spaces).map(([[all, again], space]) => [...all, ...again].join(space)),
    },
    { weight: 2, arbitrary: fc.array(anything, { maxLength: 5 }).map((list) => list.join(' ')) },
    {
      weight: 1,
      arbitrary: fc.array(fc.constantFrom(...dataless), { maxLength: 3 }).map((list) => list.join(' ')),
    },
  );
}

/** The same scope, more often than not; else the same in other words, less of it, or something else. */
function keeping(scope: string): fc.Arbitrary<string[]> {
  const [, start = '', access = '', query = ''] = /^(\w+\/\w+\.)(\w+)(\?.*)?$/.exec(scope) ?? [];
  if (start === '')
    return fc.constantFrom<string[]>([scope], [scope], [scope], [scope.toUpperCase()], [scope, scope]);
  const wide = { read: 'rs', write: 'cud' }[access] ?? access;
  const same = [
    [`${start}${wide}${query}`],
    [`http://smarthealthit.org/fhir/scopes/${scope}`],
    [...wide].map((letter) => `${start}${letter}${query}`),
    [`${start}${wide.slice(0, 1)}${query}`, `${start}${wide}${query}`],
  ];
  const less = [
    [`${start}${wide.slice(1) || wide}${query}`],
    [`${start}${wide.slice(0, -1) || wide}${query}`],
    [`${start}${wide}?status=booked`],
    [`${start}read`],
  ];
  const other = [
    [`${start}write`],
    [`${start}cruds${query}`],
    [`${start}${[...wide].reverse().join('')}${query}`],
    [scope.replace('user', 'patient')],
    [scope.toLowerCase()],
  ];
  return fc.oneof(
    { weight: 12, arbitrary: fc.constant<string[]>([scope]) },
    { weight: 2, arbitrary: fc.constantFrom(...same) },
    { weight: 1, arbitrary: fc.constantFrom(...same, ...less, ...other) },
  );
}
