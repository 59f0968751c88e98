import type { HttpHandler, HttpRequest, HttpResponseInit } from '@azure/functions'
import { cameThroughFrontDoor } from '@securemailmerge/shared/http/front-door'
import { isPagePath } from '@securemailmerge/shared/http/page-paths'
import type { PageFile } from './page-files.ts'
import { fileHeaders, pageHeaders, refusedHeaders } from './page-headers.ts'
import type { Services } from './wiring.ts'

const INDEX = '/index.html'

type Parts = Pick<Services, 'frame' | 'files'>

/**
 * Everything that no other route has: the files of the page, the page itself at each of its own paths, and 404. Front Door
 * writes `/api/page` before each path, so that nothing of the host itself can be asked for (G4).
 */
export const showPage =
  ({ frame, files }: Parts): HttpHandler =>
  async (request) => {
    if (!cameThroughFrontDoor(request, frame.frontDoorId)) return refused(403)
    if (request.method !== 'GET' && request.method !== 'HEAD') return refused(405, { Allow: 'GET, HEAD' })
    const path = `/${request.params.path ?? ''}`
    const isPage = isPagePath(path)
    // By its own name it would be one more address of the page.
    const file = isPage ? files.get(INDEX) : path === INDEX ? undefined : files.get(path)
    return file ? sent(request, file, isPage) : refused(404)
  }

function sent(request: HttpRequest, file: PageFile, isPage: boolean): HttpResponseInit {
  const [encoding, body] = best(request.headers.get('accept-encoding') ?? '', file)
  // Each form of a file is another answer, and has a tag of its own.
  const tag = `"${file.tag}${encoding === undefined ? '' : `-${encoding}`}"`
  const headers = {
    ...(isPage ? pageHeaders : fileHeaders),
    'Cache-Control': file.isLasting ? 'public, max-age=31536000, immutable' : 'no-cache',
    ETag: tag,
    Vary: 'Accept-Encoding',
  }
  if (isKnown(request.headers.get('if-none-match') ?? '', tag)) return { status: 304, headers }
  const packed = encoding === undefined ? {} : { 'Content-Encoding': encoding }
  return { status: 200, headers: { ...headers, ...packed, 'Content-Type': file.type }, body }
}

const refused = (status: number, headers: Record<string, string> = {}): HttpResponseInit => ({
  status,
  headers: { ...refusedHeaders, ...headers },
  body: `${status}\n`,
})

/** The smallest form that a browser takes. */
function best(accepted: string, { packed, body }: PageFile): ['br' | 'gzip' | undefined, Uint8Array] {
  const takes = (name: string) =>
    accepted.split(',').some((one) => {
      const [coding = '', ...parameters] = one.split(';').map((part) => part.trim().toLowerCase())
      return coding === name && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))
    })
  if (packed.br && takes('br')) return ['br', packed.br]
  if (packed.gzip && takes('gzip')) return ['gzip', packed.gzip]
  return [undefined, body]
}

const isKnown = (known: string, tag: string): boolean =>
  known.split(',').some((one) => [tag, '*'].includes(one.trim().replace(/^W\//, '')))
