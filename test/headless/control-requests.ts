// The operations of the control port as requests, for tests that go through all of them.
import { routesOf } from '../../src/headless/control-routes.ts'
import { contract } from '../../src/shared/contract/contract.ts'
import { httpContract } from '../../src/shared/contract/session.ts'

export type ControlRequest = { readonly name: string; readonly method: string; readonly target: string }

/** Every operation but sign-in, whose code stands in for a token. Parameters of the path are filled with "x". */
export const guardedRequests: readonly ControlRequest[] = [
  ...routesOf(httpContract)
    .filter(({ name }) => name !== 'session.signIn')
    .map(({ name, method, path }) => ({ name, method, target: `/admin/api${path.replaceAll(/\{\w+\}/g, 'x')}` })),
  { name: 'openapi', method: 'GET', target: '/admin/api/openapi.json' },
]

/** "nodes.keys.add" for every procedure of the contract. */
export const procedureNames: readonly string[] = routesOf(contract).map(({ name }) => name)

export function isChange({ method }: Pick<ControlRequest, 'method'>): boolean {
  return method !== 'GET'
}
