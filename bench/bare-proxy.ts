// What ours is measured against: the least that node:http and undici can do. No parsing, no key, no failover, no record;
// one upstream, headers and body passed on, the answer piped.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Pool } from 'undici'
import { announcePort } from './start-process.ts'

const upstream = new Pool(process.argv[2] ?? '', { pipelining: 1, headersTimeout: 0, bodyTimeout: 0 })
/** Hop-by-hop fields that undici and node:http write themselves. */
const hopByHop: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'host', 'transfer-encoding'])

const server = createServer({ keepAliveTimeout: 600_000, noDelay: true }, (request, response) => {
  forward(request, response).catch(() => response.destroy())
})
server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 }, () => announcePort(server))

async function forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
  await upstream.stream(
    {
      method: 'POST',
      path: request.url ?? '/',
      headers: endToEnd(request.rawHeaders),
      body: request,
    },
    ({ statusCode, headers }) => {
      for (const name of hopByHop) delete headers[name]
      response.writeHead(statusCode, headers)
      return response
    },
  )
}

function endToEnd(raw: readonly string[]): string[] {
  const kept: string[] = []
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] ?? ''
    if (!hopByHop.has(name.toLowerCase())) kept.push(name, raw[at + 1] ?? '')
  }
  return kept
}
