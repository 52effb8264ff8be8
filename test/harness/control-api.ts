// The control plane of a daemon as plain HTTP, with its token: whole answers as they came, refusals included.
import { readControlToken } from '../../src/host/daemon-file.ts'
import type { Daemon } from './daemon.ts'
import { type Answer, type RequestOptions, request } from './http-client.ts'
import { parseJson } from './recorded-request.ts'

export type ControlAnswer = Answer & {
  readonly json: unknown
  /** A head of 2xx came: the daemon says that it is done. */
  readonly acknowledged: boolean
}

export type ControlApi = {
  /** Path behind the API's prefix. Never rejects: a connection that broke has status null. */
  readonly call: (method: string, path: string, body?: object) => Promise<ControlAnswer>
  /** The same; anything but a 2xx is an error. */
  readonly done: (method: string, path: string, body?: object) => Promise<unknown>
}

export async function controlApi(daemon: Pick<Daemon, 'controlUrl' | 'dataDirectory'>): Promise<ControlApi> {
  const token = await readControlToken(daemon.dataDirectory)
  if (token === null) throw new Error('the daemon wrote no control token')
  const port = Number(new URL(daemon.controlUrl).port)
  const call = async (method: string, path: string, body?: object): Promise<ControlAnswer> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const options: RequestOptions = { port, method, path: `/admin/api${path}`, headers }
    const answer = await request(method === 'GET' ? options : { ...options, body: body ?? {} })
    const { status } = answer
    return { ...answer, json: parseJson(answer.body), acknowledged: status !== null && status >= 200 && status < 300 }
  }
  return {
    call,
    done: async (method, path, body) => {
      const answer = await call(method, path, body)
      if (answer.acknowledged) return answer.json
      throw new Error(`${method} ${path} was answered with ${answer.status ?? answer.errorCode}: ${answer.text}`)
    },
  }
}
