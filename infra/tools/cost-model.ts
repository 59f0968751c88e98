import counted from './counted.json' with { type: 'json' }
import list from './prices.json' with { type: 'json' }

type Operation = keyof typeof counted.requestUnits
/** Operations on items, by container. */
type Operations = Record<string, Partial<Record<Operation, number>>>
type Deed = keyof typeof counted.operations

/** What a month brings. */
export interface Load {
  subscriptions: number
  mails: number
}

const MONTH_SECONDS = 730 * 3600
const HALF_MINUTES = MONTH_SECONDS / 30
const WORKING_DAYS = 22
const usd = (name: keyof typeof list.prices): number => list.prices[name].usd
const assumed = (name: keyof typeof counted.assumed): number => counted.assumed[name].value

/** Request units of a deed, in one container or in all. */
export function requestUnits(deed: Deed, container?: string): number {
  const all: Operations = counted.operations[deed]
  const some = container === undefined ? Object.values(all) : [all[container] ?? {}]
  const pairs = some.flatMap((one) => Object.entries(one) as [Operation, number][])
  return pairs.reduce((sum, [operation, count]) => sum + counted.requestUnits[operation] * count, 0)
}

/** What costs the same whether anybody comes or not. */
export function fixedPart(): Record<string, number> {
  const { readyInstances, memoryGB, logAlerts5, logAlerts15, metricAlerts } = counted.deployed
  const runs = HALF_MINUTES * (counted.timers.everyHalfMinute + counted.timers.everyMinute / 2)
  return {
    'Front Door Premium': usd('frontDoorPremium'),
    'Functions, always ready': readyInstances * memoryGB * MONTH_SECONDS * usd('functionsReady'),
    'Functions, timers': runs * (memoryGB * usd('functionsExecution') + usd('functionsCalls') / 1e6),
    'Store, blobs and logs of timers':
      runs * (counted.timers.requestUnits / 1e6) * usd('cosmosRequests') +
      ((HALF_MINUTES / 2) * counted.timers.blobWritesEveryMinute * usd('blobWrites')) / 1e4 +
      ((runs * assumed('logKilobytesPerCall')) / 1e6) * usd('logs'),
    'Service Bus Standard': usd('serviceBusStandard'),
    Alerts: logAlerts5 * usd('logAlert5') + logAlerts15 * usd('logAlert15') + metricAlerts * usd('metricAlert'),
  }
}

/** What the two parameters of the template add to the fixed part. */
export function optionalPart(): Record<string, { usd: number; why: string }> {
  const { readyInstances, memoryGB, privateEndpoints } = counted.deployed
  const ready = readyInstances * memoryGB * MONTH_SECONDS * usd('functionsReady')
  const bus = usd('serviceBusPremium') - usd('serviceBusStandard')
  const doors = privateEndpoints * usd('privateEndpoint')
  return {
    '`zoneRedundant`': {
      usd: ready,
      why: "a second of each instance; Cosmos DB's and storage's surcharges come on top",
    },
    '`privateNetworking`': {
      usd: bus + doors,
      why: 'Service Bus Premium, the only one without a public door; doors for the stores',
    },
  }
}

/** What grows with what people do; each at most, without any free grant but that of Service Bus. */
export function growingPart({ subscriptions, mails }: Load): Record<string, number> {
  const month = callsOf(subscriptions)
  const { memoryGB } = counted.deployed
  const calls = month.lookUps + month.uses + month.events
  const ready = executing(month.lookUps, assumed('secondsPerCall')) + executing(mails, assumed('secondsPerMail'))
  const others = executing(month.uses, assumed('secondsPerCall')) + executing(month.events, assumed('secondsPerCall'))
  const executions = (calls + mails * counted.queueOperations.mail) / 1e6
  return {
    'Functions, executing':
      memoryGB * (ready * usd('functionsReadyExecution') + others * usd('functionsExecution')) +
      executions * usd('functionsCalls'),
    'Cosmos DB, requests': (unitsOf(month, mails) / 1e6) * usd('cosmosRequests'),
    'Cosmos DB, storage and backup': gigabytes(subscriptions, mails) * (usd('cosmosStorage') + usd('cosmosBackup')),
    'Service Bus, beyond 13 million': beyond(queueOperations(month, mails), 13e6) * usd('serviceBusOperations'),
    'Front Door, requests and transfer':
      (month.lookUps / 1e4) * usd('frontDoorRequests') + ((month.lookUps * 2) / 1e6) * usd('frontDoorTransfer'),
    Logs: ((calls * assumed('logKilobytesPerCall')) / 1e6) * usd('logs'),
    'Blobs and what leaves for Microsoft Graph':
      ((mails * assumed('mailKilobytes')) / 1e6) * (usd('egress') + usd('blobStorage')) +
      (mails / 1e4) * usd('blobReads') +
      ((mails / assumed('mailsPerCampaign')) * 4 * usd('blobWrites')) / 1e4,
  }
}

/** Calls of a month. */
function callsOf(subscriptions: number) {
  const holders = subscriptions * assumed('holdersPerSubscription')
  const licensed = holders * assumed('lookUpsPerHolder')
  const free = holders * assumed('freePerHolder') * assumed('lookUpsPerFree')
  const renewals = subscriptions * assumed('renewalsPerSubscription')
  const events = renewals * (1 + counted.events.renewal)
  return { licensed, free, lookUps: licensed + free, uses: holders * assumed('usesPerHolder'), renewals, events }
}

type Month = ReturnType<typeof callsOf>

/**
 * Seconds that are billed for calls at random instants: those on one instance at the same time are billed once, and an
 * instance takes 16 at a time.
 */
function executing(calls: number, seconds: number): number {
  const instances = Math.max(1, Math.ceil((calls * seconds) / MONTH_SECONDS / 16))
  return instances * MONTH_SECONDS * (1 - Math.exp(-(calls * seconds) / instances / MONTH_SECONDS))
}

const unitsOf = (month: Month, mails: number): number =>
  month.licensed * requestUnits('licensedLookUp') +
  month.free * requestUnits('freeLookUp') +
  month.uses * requestUnits('seatUse') +
  month.renewals * requestUnits('renewal') +
  mails * requestUnits('mail')

const queueOperations = (month: Month, mails: number): number =>
  month.uses * counted.queueOperations.seatUse +
  month.renewals * counted.queueOperations.renewal +
  mails * counted.queueOperations.mail

const gigabytes = (subscriptions: number, mails: number): number =>
  ((subscriptions * assumed('holdersPerSubscription') * assumed('itemsPerHolder') + mails) *
    assumed('kilobytesPerItem')) /
  1e6

const beyond = (operations: number, included: number): number => Math.max(0, operations - included) / 1e6

/** One limit, and what meets it when everybody comes on a Monday. */
export interface Limit {
  of: string
  unit: string
  most: number
  asked: number
}

/** The limits that so many holders meet. */
export function limitsAt(holders: number): Limit[] {
  const lookUps = (holders * assumed('busiestHour')) / 3600
  const free = (lookUps * assumed('freePerHolder') * assumed('lookUpsPerFree')) / WORKING_DAYS
  const mails = ((holders * assumed('mailsPerHolder')) / WORKING_DAYS) * (assumed('busiestHourOfMails') / 3600)
  const { cosmosRequestUnitsASecond, serviceBusCreditsASecond, graphRequestsASecond } = list.limits
  const containers = ['subscriptions', 'directory', 'sending'].map((container) => ({
    of: `Cosmos DB, container \`${container}\``,
    unit: 'request units a second',
    most: cosmosRequestUnitsASecond.most * Math.max(1, Math.ceil(sizeOf(container, holders) / 50)),
    asked:
      lookUps * (requestUnits('licensedLookUp', container) + requestUnits('seatUse', container)) +
      free * requestUnits('freeLookUp', container) +
      mails * requestUnits('mail', container),
  }))
  const credits = 2 * lookUps + mails * counted.queueOperations.mail
  const others = [
    { of: 'Service Bus, all queues', unit: 'credits a second', most: serviceBusCreditsASecond.most, asked: credits },
    { of: 'Microsoft Graph', unit: 'requests a second', most: graphRequestsASecond.most, asked: 2 * mails },
  ]
  return [...containers, ...others]
}

/** So many holders are the most that a limit is enough for, rounded down to two digits. */
export function enoughFor(limit: string): number {
  const isMet = (holders: number) => limitsAt(holders).some(({ of, asked, most }) => of === limit && asked > most)
  for (let size = 1e5; size < 1e9; size *= 10)
    for (let tenths = 10; tenths < 100; tenths += 1) if (isMet((size * (tenths + 1)) / 10)) return (size * tenths) / 10
  return 1e9
}

/** GB of one container; of `sending`, the rows of a month. */
function sizeOf(container: string, holders: number): number {
  const items = { subscriptions: 4, directory: 2, sending: assumed('mailsPerHolder') }[container] ?? 0
  return (holders * items * assumed('kilobytesPerItem')) / 1e6
}
