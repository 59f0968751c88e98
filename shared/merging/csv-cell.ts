/** A cell of a CSV that a spreadsheet opens: nothing in it can become a formula, and no separator breaks it. */
export function csvCell(value: string | number | null): string {
  const text = String(value ?? '')
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",;\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain
}
