import type { Config, Service } from '../config.ts'
import { KeySet } from '../identity/key-set.ts'
import { Tokens } from '../identity/tokens.ts'
import type { Frame } from './endpoint.ts'
import { Limits } from './limits.ts'

/**
 * What the endpoints of a service stand on: its own key set, its own memory of checked tokens, its own limits.
 * @param isReadOnly whether an operator has stopped changes; a service that changes nothing answers false
 */
export function frameOf(service: Service, config: Config, isReadOnly: Frame['isReadOnly']): Frame {
  const { authority, audience, clients, frontDoorId, now } = config
  const keys = new KeySet(`${authority}/common/discovery/v2.0/keys`, now)
  return {
    service,
    tokens: new Tokens({ authority, audience, keys, now }),
    clients,
    frontDoorId,
    limits: new Limits(),
    now,
    isReadOnly,
  }
}
