// What a checker found, and how every checker says it: file:line, what is wrong, what to do.
export type Problem = {
  /** Relative to the root of the project. */
  readonly file: string
  readonly line: number
  readonly message: string
}

/** Prints the problems and sets the exit code; to be the last thing a checker does. */
export function report(checker: string, problems: readonly Problem[]): void {
  const sorted = problems.toSorted((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1))
  for (const { file, line, message } of sorted) console.log(`${file}:${line}  ${message}`)
  if (problems.length > 0) {
    console.log(`${checker}: ${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}`)
    process.exitCode = 1
  }
}

/** 1-based line of a character offset. */
export function lineAt(text: string, offset: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line++
  return line
}
