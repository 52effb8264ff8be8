// Keeps the pages true: links lead somewhere, commands exist, the configuration page is the settings. `npm run check` runs it.
import { existsSync, readFileSync } from 'node:fs'
import { join, posix, resolve } from 'node:path'
import { listFiles } from './checks/list-files.ts'
import { LINES_MAX, longFiles } from './checks/long-files.ts'
import { lineAt, type Problem, report } from './checks/problem.ts'
import { renderConfiguration } from './generate-configuration.ts'

const README_LINES_MAX = 120

export type DocsCheck = {
  readonly root: string
  /** What docs/configuration.md should be. */
  readonly configuration: string
  /** Files that may be long, with the reason. */
  readonly longFiles: Readonly<Record<string, string>>
}

export function checkDocs(check: DocsCheck): readonly Problem[] {
  const pages = listFiles(check.root, '', '.md').map((file) => ({ file, text: read(check.root, file) }))
  const scripts = readScripts(check.root)
  return [
    ...pages.flatMap((page) => checkLinks(check.root, page)),
    ...pages.flatMap((page) => checkCommands(scripts, page)),
    ...checkReadme(check.root),
    ...checkConfiguration(check),
    ...checkLengths(check),
  ]
}

type Page = { readonly file: string; readonly text: string }

function checkLinks(root: string, page: Page): readonly Problem[] {
  const problems: Problem[] = []
  const prose = blankCode(page.text)
  for (const match of prose.matchAll(/\]\(\s*<?([^\s)>]+)>?[^)]*\)|^\[[^\]]+\]:\s*(\S+)/gm)) {
    const link = match[1] ?? match[2] ?? ''
    if (/^([a-z][a-z0-9+.-]*:|\/\/)/i.test(link)) continue
    const problem = brokenLink(root, page, link)
    if (problem !== null) problems.push({ file: page.file, line: lineAt(prose, match.index), message: problem })
  }
  return problems
}

function brokenLink(root: string, page: Page, link: string): string | null {
  const [path = '', anchor] = link.split('#')
  if (path.startsWith('/')) return `the link '${link}' is absolute. Write it relative to this page.`
  const target = path === '' ? page.file : posix.join(posix.dirname(page.file), decodeURI(path))
  if (target.startsWith('..')) return `the link '${link}' leaves the project.`
  if (!existsSync(join(root, target))) return `the link '${link}' leads nowhere (${target} does not exist).`
  if (anchor === undefined || anchor === '' || !target.endsWith('.md')) return null
  if (anchorsOf(read(root, target)).has(anchor)) return null
  return `the link '${link}' names a heading that ${target} does not have.`
}

/** Headings as GitHub turns them into anchors. */
function anchorsOf(text: string): ReadonlySet<string> {
  const anchors = new Set<string>()
  for (const [, heading = ''] of blankCode(text).matchAll(/^#{1,6}\s+(.+?)\s*$/gm)) {
    const slug = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-')
    let anchor = slug
    for (let n = 1; anchors.has(anchor); n++) anchor = `${slug}-${n}`
    anchors.add(anchor)
  }
  return anchors
}

/** Fenced and inline code holds examples, not links; blanked, so that offsets stay. */
function blankCode(text: string): string {
  return text.replace(/^(```|~~~)[\s\S]*?^\1|`[^`\n]+`/gm, (code) => code.replace(/[^\n]/g, ' '))
}

const OWN_VERBS = new Set(['test', 'start', 'stop', 'restart'])

function checkCommands(scripts: ReadonlySet<string>, page: Page): readonly Problem[] {
  const problems: Problem[] = []
  for (const match of page.text.matchAll(/\bnpm (?:run(?:-script)?((?: -[\w-]+)*) ([\w:-]+)|([a-z]+))/g)) {
    const name = match[2] ?? (OWN_VERBS.has(match[3] ?? '') ? match[3] : undefined)
    if (name === undefined || scripts.has(name)) continue
    const message = `'${match[0]}' is no command: package.json has no script '${name}' (it has: ${[...scripts].join(', ')}).`
    problems.push({ file: page.file, line: lineAt(page.text, match.index), message })
  }
  return problems
}

function readScripts(root: string): ReadonlySet<string> {
  const manifest: unknown = JSON.parse(read(root, 'package.json'))
  const scripts = typeof manifest === 'object' && manifest !== null && 'scripts' in manifest ? manifest.scripts : null
  return new Set(typeof scripts === 'object' && scripts !== null ? Object.keys(scripts) : [])
}

function checkReadme(root: string): readonly Problem[] {
  if (!existsSync(join(root, 'README.md'))) return []
  const lines = countLines(read(root, 'README.md'))
  if (lines < README_LINES_MAX) return []
  const message = `${lines} lines; a first page has fewer than ${README_LINES_MAX}. Move detail into docs/ and link to it.`
  return [{ file: 'README.md', line: README_LINES_MAX, message }]
}

function checkConfiguration({ root, configuration }: DocsCheck): readonly Problem[] {
  const file = 'docs/configuration.md'
  const written = existsSync(join(root, file)) ? read(root, file).split('\n') : []
  const wanted = configuration.split('\n')
  const differs = Array.from({ length: Math.max(written.length, wanted.length) }, (_, i) => written[i] !== wanted[i])
  const first = differs.indexOf(true)
  if (first === -1) return []
  const message =
    'is not what src/shared/settings says. Run: npm run format (or node scripts/generate-configuration.ts)'
  return [{ file, line: first + 1, message }]
}

function checkLengths(check: DocsCheck): readonly Problem[] {
  const problems: Problem[] = []
  const list = 'scripts/checks/long-files.ts'
  const long = new Set<string>()
  for (const file of [...listFiles(check.root, 'src', '.ts'), ...listFiles(check.root, 'src', '.tsx')]) {
    const lines = countLines(read(check.root, file))
    if (lines <= LINES_MAX) continue
    long.add(file)
    if (Object.hasOwn(check.longFiles, file)) continue
    const message = `${lines} lines, more than ${LINES_MAX}. Find the second reason in it and split, or list it with the reason in ${list}.`
    problems.push({ file, line: LINES_MAX + 1, message })
  }
  for (const file of Object.keys(check.longFiles)) {
    if (!long.has(file))
      problems.push({ file: list, line: 1, message: `'${file}' is not long (any more). Take it off the list.` })
  }
  return problems
}

function countLines(text: string): number {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
}

function read(root: string, file: string): string {
  return readFileSync(join(root, file), 'utf8')
}

if (import.meta.main) {
  const root = resolve(import.meta.dirname, '..')
  report('docs', checkDocs({ root, configuration: renderConfiguration(), longFiles }))
}
