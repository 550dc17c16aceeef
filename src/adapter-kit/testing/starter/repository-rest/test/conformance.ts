import { conformance } from '#adapter-kit/testing/index.ts';
import { starter } from '../index.ts';
import { office } from './office.ts';

conformance(starter, office);
