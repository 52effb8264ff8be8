// The shapes in which a secret may lie about: as it is, in part, backwards, and as some program would encode it.

export type SecretForm = { readonly name: string; readonly bytes: Buffer }

/** Shorter pieces of a secret would be found by chance. */
const PIECE_BYTES_MIN = 12

/**
 * Of both halves, so that a part, or the two the other way round, is found as well; of the whole where half of it would
 * be too short. Nothing here contains another form of itself: one hit names what lies there.
 */
export function formsOf(secret: Buffer): readonly SecretForm[] {
  if (secret.length < 2 * PIECE_BYTES_MIN) return formsOfPiece('', secret)
  const middle = Math.floor(secret.length / 2)
  return [
    ...formsOfPiece('first half', secret.subarray(0, middle)),
    ...formsOfPiece('second half', secret.subarray(middle)),
  ]
}

function formsOfPiece(piece: string, bytes: Buffer): readonly SecretForm[] {
  const forms = [...encodingsOf(bytes), { name: 'reversed', bytes: Buffer.from([...bytes].toReversed()) }]
  const seen = new Set<string>()
  return forms.flatMap((form) => {
    const key = form.bytes.toString('latin1')
    if (seen.has(key)) return []
    seen.add(key)
    return [{ name: piece === '' ? form.name : `${piece}, ${form.name}`, bytes: form.bytes }]
  })
}

function encodingsOf(bytes: Buffer): readonly SecretForm[] {
  const text = bytes.toString('latin1')
  const json = JSON.stringify(text).slice(1, -1)
  const percent = [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
  const form = (name: string, value: Buffer | string): SecretForm => ({ name, bytes: Buffer.from(value) })
  return [
    form('plain', bytes),
    ...base64Forms(bytes),
    form('hex', bytes.toString('hex')),
    form('HEX', bytes.toString('hex').toUpperCase()),
    form('URL-encoded', encodeURIComponent(text)),
    form(
      'url-encoded',
      encodeURIComponent(text).replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    ),
    form('form-encoded', new URLSearchParams([['', text]]).toString().slice(1)),
    form('every byte as %xx', percent),
    form('every byte as %XX', percent.toUpperCase()),
    form('JSON-escaped', json),
    form('JSON-escaped, slashes too', json.replaceAll('/', '\\/')),
    form('JSON-escaped twice', JSON.stringify(json).slice(1, -1)),
    form('UTF-16LE', Buffer.from(text, 'utf16le')),
    form('UTF-16BE', Buffer.from(text, 'utf16le').swap16()),
  ]
}

/** Base64 looks different at each of three offsets in what surrounds it: what is left is the part that depends on nothing else. */
function base64Forms(bytes: Buffer): readonly SecretForm[] {
  return [0, 1, 2].flatMap((offset) => {
    const whole = Buffer.concat([Buffer.alloc(offset), bytes])
    const standard = whole
      .subarray(0, whole.length - (whole.length % 3))
      .toString('base64')
      .slice(offset === 0 ? 0 : 4)
    return [
      { name: `base64 at ${offset}`, bytes: Buffer.from(standard) },
      { name: `base64url at ${offset}`, bytes: Buffer.from(standard.replaceAll('+', '-').replaceAll('/', '_')) },
    ]
  })
}
