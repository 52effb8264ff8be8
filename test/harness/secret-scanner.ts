// Looks for secrets, in every form of them, in everything it is shown.
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { formsOf, type SecretForm } from './secret-forms.ts'

/** Says nothing of the secret but its name. */
export type Finding = { readonly where: string; readonly secret: string; readonly form: string }

export type SecretScanner = {
  readonly add: (name: string, secret: string | Buffer) => void
  /** `except`: names of the secrets that belong there. */
  readonly scan: (where: string, content: string | Buffer, except?: readonly string[]) => readonly Finding[]
  /** Every file below it; `except` by path below the directory. */
  readonly scanDirectory: (
    directory: string,
    except?: Readonly<Record<string, readonly string[]>>,
  ) => Promise<{ readonly findings: readonly Finding[]; readonly files: readonly string[] }>
  readonly names: () => readonly string[]
}

export function createSecretScanner(): SecretScanner {
  const secrets = new Map<string, readonly SecretForm[]>()

  const scan: SecretScanner['scan'] = (where, content, except = []) => {
    const bytes = Buffer.isBuffer(content) ? content : Buffer.from(content)
    return [...secrets]
      .filter(([name]) => !except.includes(name))
      .flatMap(([secret, forms]) =>
        forms.filter((form) => bytes.includes(form.bytes)).map((form) => ({ where, secret, form: form.name })),
      )
  }

  return {
    add: (name, secret) => {
      if (secrets.has(name)) throw new Error(`two secrets are called ${name}`)
      secrets.set(name, formsOf(Buffer.from(secret)))
    },
    scan,
    scanDirectory: async (directory, except = {}) => {
      const entries = await readdir(directory, { recursive: true, withFileTypes: true })
      const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
      const names = files.map((file) => relative(directory, file))
      const findings: Finding[] = []
      for (const [at, file] of files.entries()) {
        const name = names[at] ?? ''
        // Gone since the listing: a temporary file.
        const content = await readFile(file).catch(() => Buffer.alloc(0))
        findings.push(...scan(name, content, except[name]))
      }
      return { findings, files: names }
    },
    names: () => [...secrets.keys()],
  }
}
