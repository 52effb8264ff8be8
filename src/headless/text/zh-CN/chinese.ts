// All words of the command line in Simplified Chinese; the compiler sees to it that none is missing.
import type { Translation } from '../catalogue.ts'
import { common } from './common.ts'
import { daemon } from './daemon.ts'
import { key } from './key.ts'
import { node } from './node.ts'
import { open } from './open.ts'
import { pool } from './pool.ts'
import { settings } from './settings.ts'
import { vault } from './vault.ts'
import { words } from './words.ts'

export const chinese: Translation = {
  ...common,
  ...daemon,
  ...open,
  ...node,
  ...key,
  ...pool,
  ...settings,
  ...vault,
  ...words,
}
