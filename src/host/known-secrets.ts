// Every secret this process has held: what the log and the records must never show.

export type KnownSecrets = {
  readonly add: (secret: string) => void
  readonly values: () => Iterable<string>
}

/** Nothing is forgotten while the process lives: an answer still on its way may quote a key that was just removed. */
export function createKnownSecrets(): KnownSecrets {
  const secrets = new Set<string>()
  return {
    add: (secret) => {
      secrets.add(secret)
    },
    values: () => secrets,
  }
}
