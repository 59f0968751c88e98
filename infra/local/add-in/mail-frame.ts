import type { ServerResponse } from 'node:http'
import { html, pageHeaders } from '../html.ts'

/** What a mail may do where it is shown: look as it wants to, and nothing else. Only our own page shows it. */
const policy = [
  "default-src 'none'",
  'img-src data:',
  "style-src 'unsafe-inline'",
  "frame-ancestors 'self'",
  ...["form-action 'none'", "base-uri 'none'"],
].join('; ')

/**
 * The page around a mail that is shown. It runs nothing; the mail is in a sandbox inside it and has its policy, so that
 * the add-in page keeps its own, which allows no styles in HTML (F30).
 */
const body = html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>SecureMailMerge</title>
<style>
html, body { margin: 0; height: 100%; background: #fff }
iframe { display: block; width: 100%; height: 100%; border: 0 }
</style></head>
<body><iframe sandbox title="SecureMailMerge"></iframe></body>
</html>
`.text

/** Serves the frame in which the add-in page shows mails. */
export const mailFrame = (response: ServerResponse): void =>
  void response.writeHead(200, { ...pageHeaders(), 'Content-Security-Policy': policy }).end(body)
