// Signing in with a browser: open.

export const open = {
  'open.summary': 'Print a link that signs a browser in: once, within ten minutes.',
  'open.link': 'This link signs one browser in, once, until {{until}}. Do not pass it on:',
  'open.no-page':
    'The page behind it comes with a later version; until then the link opens a note in plain text. See `{{command}}` for what the command line does.',
} as const
