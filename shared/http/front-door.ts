import type { HttpRequest } from '@azure/functions'

/** Whether a request came through our Front Door (F20); always, where there is none. Its id is in lower case. */
export const cameThroughFrontDoor = (request: HttpRequest, frontDoorId: string | null): boolean =>
  frontDoorId === null || request.headers.get('x-azure-fdid')?.toLowerCase() === frontDoorId
