/** One line of the chart: a name, a colour, and points of time (ms) and mails. */
export interface Line {
  name: string
  colour: string
  points: [number, number][]
}

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [860, 340, 48, 16, 56, 44]
const MOST = 36
const LIMIT = 30

/** Mails in the last minute over time, with the limit, as an SVG of its own. */
export function chart(title: string, lines: Line[]): string {
  const instants = lines.flatMap(({ points }) => points.map(([at]) => at))
  const [from, to] = [Math.min(...instants), Math.max(...instants)]
  const x = (at: number) => (LEFT + ((at - from) / (to - from)) * (WIDTH - LEFT - RIGHT)).toFixed(1)
  const y = (mails: number) => (HEIGHT - BOTTOM - (mails / MOST) * (HEIGHT - TOP - BOTTOM)).toFixed(1)
  const minutes = Array.from({ length: Math.floor((to - from) / 60_000) + 1 }, (_, minute) => minute)
  const across = (mails: number, more: string) =>
    `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(mails)}" y2="${y(mails)}" ${more}/>`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<title>${title}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    `<text x="${LEFT}" y="20" font-size="14" fill="#222">${title}</text>`,
    ...[0, 10, 20, 30].flatMap((mails) => [
      across(mails, 'stroke="#ddd"'),
      `<text x="${LEFT - 8}" y="${Number(y(mails)) + 4}" text-anchor="end" fill="#555">${mails}</text>`,
    ]),
    ...minutes.map(
      (minute) =>
        `<text x="${x(from + minute * 60_000)}" y="${HEIGHT - 24}" text-anchor="middle" fill="#555">${minute}</text>`,
    ),
    `<text x="${WIDTH / 2}" y="${HEIGHT - 6}" text-anchor="middle" fill="#555">minutes</text>`,
    across(LIMIT, 'stroke="#c00" stroke-dasharray="6 4"'),
    `<text x="${WIDTH - RIGHT}" y="${Number(y(LIMIT)) - 6}" text-anchor="end" fill="#c00">limit: ${LIMIT}</text>`,
    ...lines.flatMap(({ name, colour, points }, at) => [
      `<polyline fill="none" stroke="${colour}" stroke-width="1.5" points="${points.map(([when, mails]) => `${x(when)},${y(mails)}`).join(' ')}"/>`,
      `<text x="${LEFT + at * 260}" y="40" fill="${colour}">■ ${name}</text>`,
    ]),
    '</svg>',
    '',
  ].join('\n')
}
