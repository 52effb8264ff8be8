// Google's word for an HTTP status (google.rpc.Code), as its APIs write it into `error.status`.

/** Those that Switchyard answers with have a line of their own where Google's word is not the nearest one. */
const words: ReadonlyMap<number, string> = new Map([
  [401, 'UNAUTHENTICATED'],
  // Google answers "billing is not enabled" with it; RESOURCE_EXHAUSTED would be waited for.
  [402, 'FAILED_PRECONDITION'],
  [403, 'PERMISSION_DENIED'],
  [404, 'NOT_FOUND'],
  [405, 'UNIMPLEMENTED'],
  [408, 'DEADLINE_EXCEEDED'],
  [409, 'ABORTED'],
  [426, 'FAILED_PRECONDITION'],
  [429, 'RESOURCE_EXHAUSTED'],
  [501, 'UNIMPLEMENTED'],
  [502, 'UNAVAILABLE'],
  [503, 'UNAVAILABLE'],
  [504, 'DEADLINE_EXCEEDED'],
  [507, 'RESOURCE_EXHAUSTED'],
  [508, 'FAILED_PRECONDITION'],
])

export function googleStatus(status: number): string {
  return words.get(status) ?? (status < 500 ? 'INVALID_ARGUMENT' : 'INTERNAL')
}
