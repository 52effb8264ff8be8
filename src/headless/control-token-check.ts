// Does a request carry the control token?
import { createHash, timingSafeEqual } from 'node:crypto'

export type ControlTokenCheck = (authorization: string | undefined) => boolean

/** Digests have one length, so that neither length nor content of the token shows in the time it takes. */
export function createControlTokenCheck(token: string): ControlTokenCheck {
  const expected = digest(token)
  return (authorization) => {
    const presented = /^Bearer ([\x21-\x7e]{1,1024})$/i.exec(authorization ?? '')?.[1]
    return presented !== undefined && timingSafeEqual(digest(presented), expected)
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
