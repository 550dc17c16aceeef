/**
 * Postern runs TypeScript as it stands, which Node does from version 24.2 on, which also tells a file whether it was the one started. Plain JavaScript, so that an older Node can
 * still read the sentence that says so.
 *
 * @param {string} [version] as in `process.versions.node`
 * @returns {string | undefined} what to do about it, or undefined when the version will do
 */
export function nodeComplaint(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 24 || (major === 24 && minor >= 2)) return undefined;
  return [
    `Postern needs Node 24.2 or newer; this is Node ${version}.`,
    'It brings its own: run `npm ci` in this folder, then start it by npm (`npm start`, `npm test`, `npm run …`).',
    'If you did, the install scripts were switched off (--ignore-scripts), and with them the download of Node:',
    'run `npm rebuild node`, or install Node 24 from https://nodejs.org.',
  ].join('\n');
}

/** Ends the process with that sentence when this Node is too old. */
export function requireNode24() {
  const complaint = nodeComplaint();
  if (complaint === undefined) return;
  process.stderr.write(`${complaint}\n`);
  process.exit(1);
}
