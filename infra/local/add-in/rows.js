/** The first rows of a campaign that are at this, of its report. */
export async function rowsAt(api, campaignId, state, most) {
  // Within a value each quote has a backslash before it: this is the member, and nothing else.
  const linesOf = (text) => text.split('\n').filter((line) => line.includes(`"state":"${state}"`))
  const text = await api.report(campaignId, 'jsonl', (soFar) => linesOf(soFar).length >= most)
  return linesOf(text)
    .slice(0, most)
    .map((line) => JSON.parse(line))
}
