import { app } from '@azure/functions'
import { health, preflight, ready } from '@securemailmerge/shared/http/health'
import { tellSwitches } from '@securemailmerge/shared/tell-switches'
import { acceptInvitation } from './accept-invitation.ts'
import { assignSeats } from './assign-seats.ts'
import { switches } from './command.ts'
import { describeSubscription } from './describe-subscription.ts'
import { handOnSeat } from './hand-on-seat.ts'
import { listHistory } from './list-history.ts'
import { listSeats } from './list-seats.ts'
import { listSubscriptions } from './list-subscriptions.ts'
import { noteSeatUse } from './note-seat-use.ts'
import { obeyCommand } from './obey-command.ts'
import { rebindSeats } from './rebind-seats.ts'
import { showSubscription } from './show-subscription.ts'
import { wiring } from './wiring.ts'
import { withdrawSeats } from './withdraw-seats.ts'

const services = wiring()
const checks = {
  subscriptions: () => services.subscriptions.read('sub_ready'),
  directory: () => services.directory.hints('ready', 'seat', 1),
}
const shown = () => services.operations.shown(switches)
const one = 'subscriptions/{subscriptionId}'

app.get('list_subscriptions', {
  route: 'subscriptions',
  handler: listSubscriptions(services),
})
app.get('show_subscription', {
  route: one,
  handler: showSubscription(services),
})
app.post('describe_subscription', {
  route: `${one}/details`,
  handler: describeSubscription(services),
})
app.get('list_seats', { route: `${one}/seats`, handler: listSeats(services) })
app.post('assign_seats', {
  route: `${one}/seats`,
  handler: assignSeats(services),
})
app.post('withdraw_seats', {
  route: `${one}/seats/withdraw`,
  handler: withdrawSeats(services),
})
app.post('rebind_seats', {
  route: `${one}/seats/rebind`,
  handler: rebindSeats(services),
})
app.post('hand_on_seat', {
  route: `${one}/seats/{seatId}/hand-on`,
  handler: handOnSeat(services),
})
app.get('list_history', {
  route: `${one}/history`,
  handler: listHistory(services),
})
app.post('accept_invitation', {
  route: 'invitations/accept',
  handler: acceptInvitation(services),
})

const connection = 'SERVICE_BUS'
app.serviceBusQueue('note_seat_use', {
  connection,
  queueName: 'seat-uses',
  handler: noteSeatUse(services),
})
app.serviceBusQueue('obey_seat_assignment_command', {
  connection,
  queueName: 'seat-assignment-commands',
  handler: obeyCommand(services),
})
app.timer('tell_seat_assignment_switches', {
  schedule: '0 5 * * * *',
  handler: tellSwitches('seat-assignment', shown),
})

app.get('seat_assignment_health', {
  route: 'seat-assignment/health',
  handler: health('seat-assignment'),
})
app.get('seat_assignment_ready', {
  route: 'seat-assignment/ready',
  handler: ready('seat-assignment', checks, shown),
})
app.http('seat_assignment_preflight', {
  methods: ['OPTIONS'],
  route: 'subscriptions/{*rest}',
  handler: preflight,
})
app.http('seat_assignment_invitations_preflight', {
  methods: ['OPTIONS'],
  route: 'invitations/{*rest}',
  handler: preflight,
})
app.hook.appTerminate(() => services.close())
