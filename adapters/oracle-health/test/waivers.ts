/** Cases of the conformance suite that cannot hold here; README.md gives the same reasons. */
export const waivers = {
  'where a longer visit fits, a shorter one fits too':
    'a slot has one length and is of one visit type, so another length is another slot',
};
