import { clockOffset } from '../../../../../infra/local/clock.ts'

console.log(clockOffset('clock'))
