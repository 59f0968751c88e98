import { log } from '@securemailmerge/shared/log'

log({ info: console.log, warn: console.log, error: console.log }, 'info', 'looked_up', { code: 'free' })
