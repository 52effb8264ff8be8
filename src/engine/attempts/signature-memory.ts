// Remembers between which nodes thinking signatures do not hold, so that a session that moved pays for it once (policies §3).

const SESSIONS_MAX = 10_000

export type SignatureMemory = {
  /** This node answered the session: thinking in its later requests may be signed by it. */
  readonly served: (session: string | null, nodeId: string) => void
  /** The node refused signatures of this session: those of the other nodes that served it do not hold there. */
  readonly refused: (session: string | null, nodeId: string) => void
  /** The session carries signatures that this node is known to refuse: strip before sending. */
  readonly mustStrip: (session: string | null, nodeId: string) => boolean
}

export function createSignatureMemory(): SignatureMemory {
  const signers = new Map<string, Set<string>>()
  const refusedPairs = new Set<string>()
  const pair = (signer: string, target: string) => `${signer} ${target}`
  const othersOf = (session: string | null, nodeId: string) =>
    [...((session === null ? undefined : signers.get(session)) ?? [])].filter((signer) => signer !== nodeId)

  return {
    served: (session, nodeId) => {
      if (session === null) return
      const nodes = signers.get(session)
      if (nodes !== undefined) {
        nodes.add(nodeId)
        return
      }
      signers.set(session, new Set([nodeId]))
      const oldest = signers.size > SESSIONS_MAX ? signers.keys().next().value : undefined
      if (oldest !== undefined) signers.delete(oldest)
    },
    refused: (session, nodeId) => {
      for (const signer of othersOf(session, nodeId)) refusedPairs.add(pair(signer, nodeId))
    },
    mustStrip: (session, nodeId) =>
      refusedPairs.size > 0 && othersOf(session, nodeId).some((signer) => refusedPairs.has(pair(signer, nodeId))),
  }
}
