import { app } from '@azure/functions'
import { health, ready } from '@securemailmerge/shared/http/health'
import { beginSignIn } from './begin-sign-in.ts'
import { finishSignIn } from './finish-sign-in.ts'
import { showPage } from './show-page.ts'
import { showSession } from './show-session.ts'
import { signOut } from './sign-out.ts'
import { takePolicyReport } from './take-policy-report.ts'
import { wiring } from './wiring.ts'

const services = wiring()
const checks = {
  sessions: () => services.sessions.read('ready', services.frame.now()),
  page: async () => services.files.get('/index.html') ?? Promise.reject(new Error('the page is not built')),
}

app.get('show_session', { route: 'session', handler: showSession(services) })
app.post('begin_sign_in', { route: 'session/sign-in', handler: beginSignIn(services) })
app.get('finish_sign_in', { route: 'session/callback', handler: finishSignIn(services) })
app.post('sign_out', { route: 'session/sign-out', handler: signOut(services) })
app.post('take_policy_report', { route: 'policy-reports', handler: takePolicyReport(services) })
app.http('show_page', {
  methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
  route: 'page/{*path}',
  handler: showPage(services),
})

app.get('licence_portal_health', { route: 'licence-portal/health', handler: health('licence-portal') })
app.get('licence_portal_ready', { route: 'licence-portal/ready', handler: ready('licence-portal', checks) })
app.hook.appTerminate(() => services.close())
