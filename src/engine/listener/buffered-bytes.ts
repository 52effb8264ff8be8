// All buffered request bodies together have a limit (security.md): beyond it new ones get 503, not the machine's last memory.

export type BufferedBytes = {
  /** False: there is no room. */
  readonly take: (bytes: number) => boolean
  readonly give: (bytes: number) => void
}

export function createBufferedBytes(limit: () => number): BufferedBytes {
  let taken = 0
  return {
    take: (bytes) => {
      if (taken + bytes > limit()) return false
      taken += bytes
      return true
    },
    give: (bytes) => {
      taken -= bytes
    },
  }
}
