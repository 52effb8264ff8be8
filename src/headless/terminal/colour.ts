// Colours for people at a terminal; plain text everywhere else.

export type Colour = 'none' | 'good' | 'bad' | 'warning' | 'faint' | 'strong'
export type Paint = (text: string, colour: Colour) => string

type ColourSupport = {
  readonly isTerminal: boolean
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** NO_COLOR, when set and not empty, switches colours off (no-color.org). */
export function createPaint({ isTerminal, environment }: ColourSupport): Paint {
  const isOff = !isTerminal || (environment.NO_COLOR ?? '') !== '' || environment.TERM === 'dumb'
  return (text, colour) => (isOff || colour === 'none' ? text : `\u001b[${codes[colour]}m${text}\u001b[0m`)
}

const codes = { good: 32, bad: 31, warning: 33, faint: 2, strong: 1 } as const
