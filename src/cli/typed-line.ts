/** A command as a whole line to paste, by somebody who has a name. */
export function typedLine(command: string): string {
  return `npm run postern -- ${command} --as 'YOUR NAME'`;
}
