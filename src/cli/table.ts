import stringWidth from 'string-width'

/** Columns of text for a terminal; numbers, and what looks like them, stand to the right. */
export function textTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows]
  const widths = header.map((_, i) => Math.max(...all.map((row) => stringWidth(row[i] ?? ''))))
  const right = header.map((_, i) => rows.every((row) => /^[-\d,.]*$/.test(row[i] ?? '')))
  const pad = (text: string, i: number): string => {
    const space = ' '.repeat(Math.max(0, (widths[i] ?? 0) - stringWidth(text)))
    return right[i] === true ? space + text : text + space
  }
  return all.map((row) => row.map(pad).join('  ').trimEnd()).join('\n')
}
