import type { Command } from './command.ts';
import { adapterCommands } from './commands/adapters.ts';
import { agentCommands } from './commands/agent.ts';
import { auditCommands } from './commands/audit.ts';
import { connectionCommands } from './commands/connection.ts';
import { migrateCommands } from './commands/migrate.ts';
import { practiceCommands } from './commands/practice.ts';
import { queueCommands } from './commands/queue.ts';
import { registrationCommands } from './commands/registration.ts';
import { vaultCommands } from './commands/vault.ts';
import { visitTypeCommands } from './commands/visit-type.ts';

/** All that can be typed after `npm run postern --`, in the order of the help. */
export const commands: readonly Command[] = [
  ...migrateCommands,
  ...practiceCommands,
  ...agentCommands,
  ...registrationCommands,
  ...connectionCommands,
  ...visitTypeCommands,
  ...queueCommands,
  ...auditCommands,
  ...vaultCommands,
  ...adapterCommands,
];
