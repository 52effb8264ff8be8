// Which methods a path of the control API takes, worked out from the contract.
import { type AnyContractRouter, isContractProcedure } from '@orpc/contract'

export type ControlRoute = {
  /** "nodes.keys.add" */
  readonly name: string
  readonly method: string
  /** Under /admin/api: "/nodes/{ref}/keys" */
  readonly path: string
}

export function routesOf(router: AnyContractRouter, name: readonly string[] = []): readonly ControlRoute[] {
  if (isContractProcedure(router)) {
    const { method = 'POST', path = '/' } = router['~orpc'].route
    return [{ name: name.join('.'), method, path }]
  }
  return Object.entries(router).flatMap(([key, child]) => routesOf(child, [...name, key]))
}

/** Empty for a path that nobody serves. */
export function createMethodsOf(routes: readonly ControlRoute[]): (path: string) => readonly string[] {
  const patterns = routes.map(({ method, path }) => ({ method, pattern: patternOf(path) }))
  return (path) => [...new Set(patterns.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method))]
}

function patternOf(path: string): RegExp {
  const parts = path.split('/').map((part) => (part.startsWith('{') ? '[^/]+' : part))
  return new RegExp(`^${parts.join('/')}/?$`)
}
