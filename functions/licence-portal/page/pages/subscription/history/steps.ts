import type { Level } from './levels.ts'

/** A drawing: its size, what time it shows, and the largest number in it. */
export interface Frame {
  width: number
  height: number
  from: number
  until: number
  most: number
}

/** A line that goes on level until the number changes, as a path of SVG. */
export function stepsOf(levels: readonly Level[], { width, height, from, until, most }: Frame): string {
  const x = (at: number) => round(((at - from) / (until - from)) * width)
  const y = (count: number) => round(height - (count / most) * height)
  const steps = levels.map(({ at, count }, index) => (index === 0 ? `M${x(at)} ${y(count)}` : `H${x(at)}V${y(count)}`))
  return `${steps.join('')}H${width}`
}

const round = (value: number) => Math.round(value * 10) / 10
