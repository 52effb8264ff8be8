// Which language the command line speaks: as the terminal's environment says.

export const languages = ['en', 'zh-CN'] as const
export type Language = (typeof languages)[number]

/**
 * POSIX: LC_ALL before LC_MESSAGES before LANG; an empty one counts as not set. Any Chinese reads Simplified better than
 * English, but not in a terminal of another charset: what is printed is UTF-8.
 */
export function languageOf(environment: Readonly<Record<string, string | undefined>>): Language {
  const locale = [environment['LC_ALL'], environment['LC_MESSAGES'], environment['LANG']].find(
    (value) => value !== undefined && value !== '',
  )
  return locale !== undefined && /^zh(?:[-_]\w+)?(?:\.utf-?8)?(?:@\w+)?$/i.test(locale) ? 'zh-CN' : 'en'
}
