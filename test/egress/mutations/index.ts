import { hostMutations } from './host-mutations.ts';
import { messageMutations } from './message-mutations.ts';
import type { Mutations } from './mutation.ts';
import { pathMutations } from './path-mutations.ts';
import { queryMutations } from './query-mutations.ts';

export const mutations: Mutations = {
  ...hostMutations,
  ...pathMutations,
  ...queryMutations,
  ...messageMutations,
};
