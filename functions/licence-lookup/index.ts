import { app } from '@azure/functions'
import { health, preflight, ready } from '@securemailmerge/shared/http/health'
import { describeApi } from './describe-api.ts'
import { lookUpLicence } from './look-up-licence.ts'
import { publishProofKeys } from './publish-proof-keys.ts'
import { wiring } from './wiring.ts'

const services = wiring()
const checks = {
  subscriptions: () => services.subscriptions.read('sub_ready'),
  directory: () => services.directory.hints('ready', 'seat', 1),
}

app.get('look_up_licence', {
  route: 'licence',
  handler: lookUpLicence(services),
})
app.get('publish_proof_keys', {
  route: 'well-known/jwks.json',
  handler: publishProofKeys(services),
})
app.get('describe_api', {
  route: 'openapi.json',
  handler: describeApi(services),
})
app.get('licence_lookup_health', {
  route: 'licence-lookup/health',
  handler: health('licence-lookup'),
})
app.get('licence_lookup_ready', {
  route: 'licence-lookup/ready',
  handler: ready('licence-lookup', checks),
})
app.http('licence_lookup_preflight', {
  methods: ['OPTIONS'],
  route: 'licence/{*rest}',
  handler: preflight,
})
app.hook.appTerminate(() => services.close())
