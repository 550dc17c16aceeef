import { conformance } from '#adapter-kit/testing/index.ts';
import { starter } from '../index.ts';
import { server } from './server.ts';

conformance(starter, server);
