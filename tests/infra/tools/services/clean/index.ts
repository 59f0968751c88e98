import { app } from '@azure/functions'
import names from '@securemailmerge/shared/names.json' with { type: 'json' }
import { Refusal } from '@securemailmerge/shared/refusal'

app.get('clean', {
  handler: () => {
    throw new Refusal('not_found', names.database)
  },
})
