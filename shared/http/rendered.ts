/** An answer that is no JSON: a page of a mail, a report. Its headers come on top of those of every answer. */
export class Rendered {
  readonly contentType: string
  readonly body: string
  readonly headers: Record<string, string>

  constructor(contentType: string, body: string, headers: Record<string, string> = {}) {
    this.contentType = contentType
    this.body = body
    this.headers = headers
  }
}
