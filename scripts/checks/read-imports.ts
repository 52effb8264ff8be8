// Every way a TypeScript file names another module, found in its syntax tree: type-only imports, re-exports and import() too.
import { parseSync } from 'vite'
import { lineAt } from './problem.ts'

export type Import = { readonly specifier: string; readonly line: number }
export type ImportsOfFile = {
  readonly imports: readonly Import[]
  /** Lines of import(…) or require(…) whose target is computed, which no check can follow. */
  readonly computed: readonly number[]
  readonly syntaxErrors: readonly string[]
}

export function readImports(fileName: string, text: string): ImportsOfFile {
  const { program, errors } = parseSync(fileName, text)
  const imports: Import[] = []
  const computed: number[] = []
  for (const node of nodesOf(program)) {
    const source = sourceOf(node)
    if (source === null) continue
    const line = lineAt(text, node.start)
    if (isRecord(source) && typeof source['value'] === 'string') imports.push({ specifier: source['value'], line })
    else computed.push(line)
  }
  return { imports, computed, syntaxErrors: errors.map((error) => error.message) }
}

type SyntaxNode = Readonly<Record<string, unknown>> & { readonly type: string; readonly start: number }

/** The node that names the module, null when this is no import at all. */
function sourceOf(node: SyntaxNode): unknown {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
    case 'ImportExpression':
    case 'TSImportType':
      return node['source']
    case 'ExportNamedDeclaration':
      return node['source'] ?? null
    case 'TSExternalModuleReference':
      return node['expression']
    case 'CallExpression': {
      const callee = node['callee']
      const called = isRecord(callee) && callee['type'] === 'Identifier' ? callee['name'] : null
      return called === 'require' ? firstOf(node['arguments']) : null
    }
    default:
      return null
  }
}

function firstOf(list: unknown): unknown {
  return Array.isArray(list) && list.length > 0 ? list.at(0) : null
}

function* nodesOf(value: unknown): Generator<SyntaxNode> {
  if (Array.isArray(value)) {
    for (const item of value) yield* nodesOf(item)
  } else if (isRecord(value)) {
    if (isSyntaxNode(value)) yield value
    for (const child of Object.values(value)) yield* nodesOf(child)
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function isSyntaxNode(value: Readonly<Record<string, unknown>>): value is SyntaxNode {
  return typeof value['type'] === 'string' && typeof value['start'] === 'number'
}
