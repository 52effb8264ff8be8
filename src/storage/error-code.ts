// What the system called a failure: "ENOSPC", "EACCES"; for whatever else was thrown, its text.

export function errorCode(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
}
