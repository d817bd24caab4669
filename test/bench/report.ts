// Shows what was measured: one table for the terminal, and a plot as SVG.
import type { Row, Standing } from './targets.ts'

function shown (value: number | undefined, unit: Row['unit']): string {
  if (value === undefined) return '–'
  if (unit === 'ratio') return `× ${value.toFixed(3)}`
  return value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : String(Math.round(value))
}

/** The table: a line for each row, a column for each subject that has a value anywhere. */
export function table (rows: readonly Row[], subjects: readonly string[]): string {
  const columns = subjects.filter((name) => rows.some((row) => row.values[name] !== undefined))
  const lines = [['', 'unit', ...columns], ...rows.map((row) => [row.name, row.unit, ...columns.map((name) => shown(row.values[name], row.unit))])]
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)))
  return lines.map((line) => line.map((cell, column) => column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)).join('  ')).join('\n')
}

/** Targets, the missed ones first. */
export function verdict (standings: readonly Standing[]): string {
  const order = ['missed', 'not measured', 'met', 'no such peer here']
  const name = ({ row, subject, over }: Standing): string => `${subject}: ${row}${over === undefined ? '' : ` / ${over.subject}${over.row === undefined ? '' : ` ${over.row}`}`}`
  return [...standings].sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state)).map((standing) =>
    `${standing.state.padEnd(17)} ${standing.value?.toFixed(3).padStart(9) ?? '–'.padStart(9)} of ${standing.limit.toFixed(3).padStart(8)}  ${name(standing)}`).join('\n')
}

const COLORS = ['#6b7280', '#1d4ed8', '#60a5fa', '#b45309', '#15803d', '#86efac', '#9333ea', '#d8b4fe']

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

/** Bars of the rows in nanoseconds, on a logarithmic axis, shorter is faster. */
export function plot (all: readonly Row[], subjects: readonly string[], title: string): string {
  const rows = all.filter((row) => row.unit === 'ns')
  const columns = subjects.filter((name) => rows.some((row) => row.values[name] !== undefined))
  const values = rows.flatMap((row) => columns.map((name) => row.values[name]).filter((value) => value !== undefined))
  const [low, high] = [Math.floor(Math.log10(Math.min(...values))), Math.ceil(Math.log10(Math.max(...values)))]
  const [left, top, bar, gap, width] = [190, 70, 11, 14, 620]
  const x = (value: number): number => (Math.log10(value) - low) / (high - low) * width
  const group = columns.length * bar + gap
  const height = top + rows.length * group + 30
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${left + width + 70}" height="${height}" font-family="sans-serif" font-size="11">`,
    '<rect width="100%" height="100%" fill="#fff"/>', `<text x="10" y="20" font-size="14" font-weight="bold">${escaped(title)}</text>`
  ]
  for (const [index, name] of columns.entries()) {
    const at = 10 + index * Math.floor((left + width) / columns.length)
    parts.push(`<rect x="${at}" y="32" width="10" height="10" fill="${COLORS[index % COLORS.length]!}"/>`, `<text x="${at + 14}" y="41">${escaped(name)}</text>`)
  }
  for (let power = low; power <= high; power++) {
    const at = left + x(10 ** power)
    parts.push(`<line x1="${at}" y1="${top - 10}" x2="${at}" y2="${height - 24}" stroke="#ddd"/>`, `<text x="${at}" y="${height - 8}" text-anchor="middle">${(10 ** power).toLocaleString('en')} ns</text>`)
  }
  for (const [index, row] of rows.entries()) {
    const y = top + index * group
    parts.push(`<text x="${left - 8}" y="${y + group / 2}" text-anchor="end">${escaped(row.name)}</text>`)
    for (const [column, name] of columns.entries()) {
      const value = row.values[name]
      if (value === undefined) continue
      const at = y + column * bar
      parts.push(
        `<rect x="${left}" y="${at}" width="${Math.max(1, x(value)).toFixed(1)}" height="${bar - 1}" fill="${COLORS[column % COLORS.length]!}"/>`,
        `<text x="${(left + x(value) + 3).toFixed(1)}" y="${at + bar - 3}" font-size="8">${shown(value, 'ns')}</text>`
      )
    }
  }
  return `${[...parts, '</svg>'].join('\n')}\n`
}
