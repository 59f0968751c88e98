import type { Items } from '../azure/items.ts'
import type { Config, Service } from '../config.ts'
import { KeySet } from '../identity/key-set.ts'
import { Sessions } from '../identity/sessions.ts'
import { Tokens } from '../identity/tokens.ts'
import type { Frame } from './endpoint.ts'
import { Limits } from './limits.ts'

/**
 * What the endpoints of a service stand on: its own key set, its own memory of checked tokens, its own limits.
 * @param sessions the container where the sessions of the page are looked up
 * @param isReadOnly whether an operator has stopped changes; a service that changes nothing answers false
 */
export function frameOf(service: Service, config: Config, sessions: Items, isReadOnly: Frame['isReadOnly']): Frame {
  const { authority, audience, clients, frontDoorId, origin, now } = config
  const keys = new KeySet(`${authority}/common/discovery/v2.0/keys`, now)
  return {
    service,
    tokens: new Tokens({ authority, audience, keys, now }),
    sessions: new Sessions(sessions),
    clients,
    origin,
    frontDoorId,
    limits: new Limits(),
    now,
    isReadOnly,
  }
}
