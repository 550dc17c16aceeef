import { conformance } from '#adapter-kit/testing/index.ts';
import { memory } from '../index.ts';
import { clinic } from './clinic.ts';

conformance(memory, clinic);
