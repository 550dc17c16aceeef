export type Cell = string | number | boolean | Date | null | undefined;

/** Columns as wide as their widest cell, with a heading; `empty` when there are no rows. */
export function table(
  headings: readonly string[],
  rows: readonly (readonly Cell[])[],
  empty: string,
): string {
  if (rows.length === 0) return empty;
  return aligned([headings.map((heading) => heading.toUpperCase()), ...rows.map((row) => row.map(shown))]);
}

/** One fact a line, `name  value`; facts without a value are left out. */
export function facts(pairs: Readonly<Record<string, Cell>>): string {
  const known = Object.entries(pairs).filter(([, value]) => value !== undefined && value !== null);
  return aligned(known.map(([name, value]) => [name, shown(value)]));
}

/** What stands in the place of a word: help and usage share it. */
export function aligned(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    });
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function shown(cell: Cell): string {
  if (cell === undefined || cell === null) return '-';
  if (cell instanceof Date) return `${cell.toISOString().slice(0, 19)}Z`;
  if (typeof cell === 'boolean') return cell ? 'yes' : 'no';
  return printable(String(cell));
}

/** Names come from callers and EMRs: an escape sequence in one must not reach the terminal. */
function printable(text: string): string {
  return text.replaceAll(/\p{C}/gu, '\u{FFFD}');
}
