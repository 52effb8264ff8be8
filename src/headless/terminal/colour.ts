// Colours for people at a terminal; plain text everywhere else.

export type Colour = 'none' | 'good' | 'bad' | 'warning' | 'faint' | 'strong'
export type Paint = (text: string, colour: Colour) => string

type ColourSupport = {
  readonly isTerminal: boolean
  readonly environment: Readonly<Record<string, string | undefined>>
}

export function createPaint(support: ColourSupport): Paint {
  const isOn = wantsColour(support)
  return (text, colour) => (!isOn || colour === 'none' ? text : `\u001b[${codes[colour]}m${text}\u001b[0m`)
}

/** NO_COLOR, when set and not empty, switches colours off (no-color.org); FORCE_COLOR beats it, as in Node itself. */
function wantsColour({ isTerminal, environment }: ColourSupport): boolean {
  const forced = environment['FORCE_COLOR'] ?? ''
  if (forced !== '') return !/^(?:0|false)$/i.test(forced)
  return isTerminal && (environment['NO_COLOR'] ?? '') === '' && environment['TERM'] !== 'dumb'
}

const codes = { good: 32, bad: 31, warning: 33, faint: 2, strong: 1 } as const
