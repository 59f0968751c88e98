import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CampaignView, PreflightView, ReportLineView } from '@securemailmerge/shared/http/contracts/campaign-views'
import { campaigns } from '@securemailmerge/shared/http/contracts/campaigns'
import { mailboxes } from '@securemailmerge/shared/http/contracts/mailboxes'
import { wanted } from '@securemailmerge/shared/merging/attempt'
import { ownReasons } from '@securemailmerge/shared/merging/campaign'
import { isEnded, newGrant } from '@securemailmerge/shared/merging/grant'
import { microsoftReasons, ourReasons } from '@securemailmerge/shared/merging/reasons'
import { csvColumns } from '@securemailmerge/shared/merging/report'
import { CONTENT_DAYS, IDLE_DAYS, ROWS_DAYS } from '@securemailmerge/shared/merging/tidy'
import { MAILS_A_MINUTE, RECIPIENTS_A_DAY } from '@securemailmerge/shared/merging/windows'
import { describe, expect, it } from 'vitest'
import { english } from '../infra/local/add-in/sending-words.en.ts'
import { french } from '../infra/local/add-in/sending-words.fr.ts'
import { processNames } from '../infra/local/processes.ts'
import { day, noon } from './builders.ts'

const root = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
/** A page as a reader sees it, each paragraph on one line. */
const text = (path: string) => read(path).replaceAll(/\s+/g, ' ')
const section = (path: string, heading: string) =>
  (read(path).split(`\n## ${heading}\n`)[1] ?? '').split('\n## ')[0] ?? ''
const codes = (part: string) => [...part.matchAll(/`([a-z][a-z0-9_]+)`/g)].map(([, code]) => code)

describe('how long things are kept', () => {
  const later = (days: number) => new Date(noon.getTime() + days * day)
  const made = {
    ...{ mailboxId: 'm', grantId: 'g', permissions: ['Mail.Send'], address: null, sealed: 'x' },
    account: { tenantId: 't', objectId: 'o' },
  }

  it('is what privacy.md says, as the code and the templates have it', () => {
    const page = text('docs/privacy.md')
    expect(page).toContain(`${CONTENT_DAYS} days after its end`)
    expect(page).toContain(`${ROWS_DAYS} days after the end`)
    expect(page).toContain(`nothing becomes for ${IDLE_DAYS} days`)
    expect(read('infra/modules/cosmos.bicep')).toContain("tier: 'Continuous30Days'")
    expect(page).toContain('another 30 days in its backup')
    expect(read('infra/modules/monitoring.bicep')).toContain('retentionInDays: 30')
    expect(page).toMatch(/logs: [^|]*\| Log Analytics \| operators \| 30 days/)
    expect(read('infra/modules/service-identity.bicep')).toMatch(/deleteRetentionPolicy: \{ enabled: false \}/)
  })

  it('of a right to send as well', () => {
    const grant = newGrant(made, undefined, noon)
    expect((Date.parse(grant.endsAt) - noon.getTime()) / day).toBe(90)
    expect([isEnded(grant, later(29)), isEnded(grant, later(30))]).toEqual([false, true])
    for (const page of ['docs/privacy.md', 'docs/administrators.md', 'docs/api.md']) {
      expect(text(page), page).toMatch(/90 days/)
      expect(text(page), page).toMatch(/30 days unused|not used for 30 days/)
    }
  })
})

describe('what we ask Microsoft for', () => {
  it('stands in administrators.md with a reason, and nothing else does', () => {
    const part = section('docs/administrators.md', 'Letting people send from our server')
    const listed = [...part.matchAll(/^\| `(Mail\.[\w.]+)`/gm)].map(([, value]) => value)
    expect(listed.sort()).toEqual(wanted(true, true).sort())
  })

  it('and so do the limits of a mailbox', () => {
    const page = text('docs/administrators.md')
    expect(page).toContain(
      `${MAILS_A_MINUTE} mails in a minute and ${RECIPIENTS_A_DAY.toLocaleString('en')} recipients`,
    )
  })
})

describe('docs/api.md', () => {
  it('lists every outcome of a sign-in, and what becomes of a mailbox', () => {
    const outcomes = mailboxes.list_mailboxes.answer.shape.lastAttempt.unwrap().shape.outcome.options
    const listed = codes(section('docs/api.md', 'Sending: whose mailbox'))
    expect(outcomes.filter((one) => !listed.includes(one))).toEqual([])
    const states = mailboxes.list_mailboxes.answer.shape.mailboxes.element.shape.state.options
    expect(states.filter((one) => !listed.includes(one))).toEqual([])
  })

  it('lists everything that may be said of a campaign, and everything that is known before its start', () => {
    const part = section('docs/api.md', 'Campaigns')
    const body = /```\n( *\{\n.*?)```/s.exec(part)?.[1] ?? ''
    const example = campaigns.create_campaign.body.parse(JSON.parse(body))
    expect(Object.keys(example).sort()).toEqual(Object.keys(campaigns.create_campaign.body.shape).sort())
    const listed = [...part.matchAll(/`([A-Za-z]+)`/g)].map(([, name]) => name)
    const known = [...Object.keys(example), ...Object.keys(PreflightView.shape), 'no_grant', 'drafts', 'shared']
    expect(known.filter((name) => !listed.includes(name) && !codes(part).includes(name))).toEqual([])
  })

  it('lists every state of a campaign', () => {
    const listed = codes(section('docs/api.md', 'Campaigns'))
    expect(CampaignView.shape.state.options.filter((one) => !listed.includes(one))).toEqual([])
  })

  it('lists every reason of ours, and the page has words for each', () => {
    const listed = codes(section('docs/api.md', 'Campaigns'))
    expect(ownReasons.filter((one) => !listed.includes(one))).toEqual([])
    for (const { why } of [english, french]) expect(Object.keys(why).sort()).toEqual([...ownReasons].sort())
  })

  it('lists what a report says of a row: members, states, and why', () => {
    const cellsOf = (heading: string) => {
      const part =
        section('docs/api.md', 'What became of each row').split(`\n\n| ${heading} `)[1]?.split('\n\n')[0] ?? ''
      return part
        .split('\n')
        .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, code]) => code))
    }
    const { state, ...members } = ReportLineView.shape
    expect(cellsOf('field').sort()).toEqual([...Object.keys(members), 'state', 'reason'].sort())
    expect([...csvColumns, 'position'].sort()).toEqual(cellsOf('field').sort())
    expect(cellsOf('`state`').sort()).toEqual([...state.options].sort())
    expect(cellsOf('`why`').sort()).toEqual([...ourReasons, ...microsoftReasons].sort())
  })

  it('and the code knows no reason of ours beside', () => {
    const sources = globSync('shared/merging/*.ts', { cwd: root }).map(read).join('\n')
    const words = /(?:why|problem): '(\w+)'|(?:tryAgain|waits)\([^()]*(?:\([^()]*\))?[^()]*, '(\w+)'\)/g
    const said = [...sources.matchAll(words)].map(([, named, given]) => named ?? given ?? '')
    expect(new Set(said).size).toBeGreaterThan(10)
    expect(said.filter((code) => ![...ourReasons, ...ownReasons].includes(code as never))).toEqual([])
  })

  it('lists everything that can be wrong with a line or a text', () => {
    const listed = codes(section('docs/api.md', 'What is wrong with a list or a text'))
    const union = (path: string, type: string) =>
      codes(
        (
          read(path)
            .split(`type ${type} =`)[1]
            ?.split(/\n\n|\n\/\*\*\n/)[0] ?? ''
        ).replaceAll("'", '`'),
      )
    const rows = union('shared/merging/row-line.ts', 'RowFault')
    const template = union('shared/merging/template/problem.ts', 'TemplateFault')
    expect(Math.min(rows.length, template.length)).toBeGreaterThan(12)
    expect([...rows, ...template].filter((one) => !listed.includes(one))).toEqual([])
  })
})

describe('docs/local.md', () => {
  it('names as many ports as there are', () => {
    // The services, the add-in page, one a process, and one more for the control of the Service Bus.
    const count = 2 + processNames.length + 1
    const last = 4280 + count - 1
    expect(text('docs/local.md')).toContain(`uses ports 5000 to ${5000 + count - 1} instead of 4280 to ${last}`)
  })
})
