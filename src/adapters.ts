import type { Adapter } from '#adapter-kit/adapter.ts';
import { openDental } from '../adapters/open-dental/index.ts';

/** The adapters this gateway is built with; a practice's connection names one by its id. */
export const adapters: readonly Adapter[] = [openDental];
