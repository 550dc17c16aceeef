/** What the conformance run leaves out, each with the reason that the README gives too. */
export const waivers = {
  'where a longer visit fits, a shorter one fits too':
    'in Epic a visit is as long as its type, so the lengths of two types say nothing about each other',
} as const;

export const unneededRoutes = {
  appointmentsPage: 'a page of Epic holds a thousand appointments; test/paging.test.ts reads several',
} as const;
