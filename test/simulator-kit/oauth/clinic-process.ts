import { runSimulatorProcess, startSimulator } from '#simulator-kit/index.ts';
import { clinic } from './toy-clinic.ts';

/** The toy clinic as a process of its own: `node clinic-process.ts <state file>`. */
const [, , stateFile = ''] = process.argv;
await runSimulatorProcess(() => startSimulator({ emulation: clinic(), stateFile }));
