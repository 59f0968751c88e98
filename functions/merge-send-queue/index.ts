import { app } from '@azure/functions'
import { health, preflight, ready } from '@securemailmerge/shared/http/health'
import { tellSwitches } from '@securemailmerge/shared/tell-switches'
import { cancelCampaign, pauseCampaign, resumeCampaign, retryCampaign } from './act-on-campaign.ts'
import { askAdminConsent } from './ask-admin-consent.ts'
import { beginMailboxGrant } from './begin-mailbox-grant.ts'
import { switches } from './command.ts'
import { createCampaign } from './create-campaign.ts'
import { deleteCampaign } from './delete-campaign.ts'
import { endMailboxGrant } from './end-mailbox-grant.ts'
import { finishMailboxGrant } from './finish-mailbox-grant.ts'
import { listMailboxes } from './list-mailboxes.ts'
import { markEpoch } from './mark-epoch.ts'
import { obeyCommand } from './obey-command.ts'
import { previewRow } from './preview-row.ts'
import { reportCampaign } from './report-campaign.ts'
import { returnFromAdminConsent } from './return-from-admin-consent.ts'
import { sendTest } from './send-test.ts'
import { settleRow, settleRows } from './settle-row.ts'
import { listCampaigns, showCampaign, showPreflight } from './show-campaigns.ts'
import { startCampaign } from './start-campaign.ts'
import { sweepMailboxes } from './sweep-mailboxes.ts'
import { takeTurn } from './take-turn.ts'
import { tidyCampaigns } from './tidy-campaigns.ts'
import { uploadRecipients } from './upload-recipients.ts'
import { wiring } from './wiring.ts'

const services = wiring()
const checks = {
  sending: () => services.sending.mailbox('ready'),
  content: () => services.content.note({ campaignId: 'ready.ready' }, 'ready'),
}
// `restored` is set by the service itself, and taken back by `accept_restore`.
const shown = () => services.operations.shown([...switches, 'restored'])
const one = 'campaigns/{campaignId}'

app.post('create_campaign', { route: 'campaigns', handler: createCampaign(services) })
app.get('list_campaigns', { route: 'campaigns', handler: listCampaigns(services) })
app.get('show_campaign', { route: one, handler: showCampaign(services) })
app.deleteRequest('delete_campaign', { route: one, handler: deleteCampaign(services) })
app.post('upload_recipients', { route: `${one}/recipients`, handler: uploadRecipients(services) })
app.get('show_preflight', { route: `${one}/preflight`, handler: showPreflight(services) })
app.get('preview_row', { route: `${one}/rows/{position}/preview`, handler: previewRow(services) })
app.post('settle_row', { route: `${one}/rows/{position}/settle`, handler: settleRow(services) })
app.post('settle_rows', { route: `${one}/rows/settle`, handler: settleRows(services) })
app.post('send_test', { route: `${one}/test`, handler: sendTest(services) })
app.post('start_campaign', { route: `${one}/start`, handler: startCampaign(services) })
app.post('pause_campaign', { route: `${one}/pause`, handler: pauseCampaign(services) })
app.post('resume_campaign', { route: `${one}/resume`, handler: resumeCampaign(services) })
app.post('cancel_campaign', { route: `${one}/cancel`, handler: cancelCampaign(services) })
app.post('retry_campaign', { route: `${one}/retry`, handler: retryCampaign(services) })
app.get('report_campaign', { route: `${one}/report`, handler: reportCampaign(services) })

app.get('list_mailboxes', { route: 'mailboxes', handler: listMailboxes(services) })
app.post('begin_mailbox_grant', { route: 'mailboxes/grants', handler: beginMailboxGrant(services) })
app.get('finish_mailbox_grant', { route: 'mailboxes/grants/return', handler: finishMailboxGrant(services) })
app.deleteRequest('end_mailbox_grant', { route: 'mailboxes/grants/{grantId}', handler: endMailboxGrant(services) })
app.post('ask_admin_consent', { route: 'mailboxes/admin-consent', handler: askAdminConsent(services) })
app.get('return_from_admin_consent', {
  route: 'mailboxes/admin-consent/return',
  handler: returnFromAdminConsent(),
})

const connection = 'SERVICE_BUS'
app.serviceBusQueue('take_turn', { connection, queueName: 'ticks', handler: takeTurn(services) })
app.serviceBusQueue('obey_merge_send_queue_command', {
  connection,
  queueName: 'merge-send-queue-commands',
  handler: obeyCommand(services),
})
app.timer('mark_epoch', { schedule: '0 * * * * *', handler: markEpoch(services) })
app.timer('tidy_campaigns', { schedule: '0 20 * * * *', handler: tidyCampaigns(services) })
app.timer('sweep_mailboxes', { schedule: '*/30 * * * * *', handler: sweepMailboxes(services) })
app.timer('tell_merge_send_queue_switches', {
  schedule: '0 15 * * * *',
  handler: tellSwitches('merge-send-queue', shown),
})

app.get('merge_send_queue_health', { route: 'merge-send-queue/health', handler: health('merge-send-queue') })
app.get('merge_send_queue_ready', {
  route: 'merge-send-queue/ready',
  handler: ready('merge-send-queue', checks, shown),
})
app.http('campaigns_preflight', { methods: ['OPTIONS'], route: 'campaigns/{*rest}', handler: preflight })
app.http('mailboxes_preflight', { methods: ['OPTIONS'], route: 'mailboxes/{*rest}', handler: preflight })
// Told to stop, a host claims no more; what is under way ends before the hook below is called.
process.once('SIGTERM', () => {
  services.draining.isOn = true
})
app.hook.appTerminate(async () => {
  services.draining.isOn = true
  await services.close()
})
