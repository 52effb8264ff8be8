// Settings: what each is now, where that comes from, and changing it while the daemon runs.
import { z } from 'zod'
import { base } from './base.ts'

const settingName = z.string().min(1).max(100)
const settingValue = z.union([z.number(), z.boolean(), z.string(), z.array(z.number()), z.null()])

export const settingViewSchema = z.strictObject({
  name: z.string(),
  value: settingValue,
  default: settingValue,
  /** `environment` locks it: it is changed there, with a restart. */
  source: z.enum(['default', 'database', 'environment']),
  /** Its environment variable. */
  env: z.string(),
  kind: z.enum(['number', 'boolean', 'statuses', 'choice', 'text']),
  /** Of a number; null for other kinds. */
  min: z.number().nullable(),
  max: z.number().nullable(),
  /** Of a choice; empty for other kinds. */
  choices: z.array(z.string()),
  /** What it is for, one sentence. */
  text: z.string(),
})
export type SettingView = z.infer<typeof settingViewSchema>

/** Secrets that are no node's: write-only. */
const namedSecret = z.enum(['global-proxy-password'])

export const settingsContract = {
  list: base
    .route({
      method: 'GET',
      path: '/settings',
      summary: 'List all settings with value, default and where the value comes from.',
      tags: ['Settings'],
    })
    .output(z.array(settingViewSchema)),
  get: base
    .route({ method: 'GET', path: '/settings/{name}', summary: 'Show one setting.', tags: ['Settings'] })
    .input(z.strictObject({ name: settingName }))
    .output(settingViewSchema),
  /** All of them or none; in force for the next request. Answers the changed ones. */
  set: base
    .route({
      method: 'PUT',
      path: '/settings',
      summary: 'Set several settings, all or none; in force for the next request.',
      tags: ['Settings'],
    })
    .input(z.strictObject({ values: z.record(settingName, settingValue) }))
    .output(z.array(settingViewSchema)),
  /** Back to the default. */
  reset: base
    .route({
      method: 'DELETE',
      path: '/settings/{name}',
      summary: 'Put a setting back to its default.',
      tags: ['Settings'],
    })
    .input(z.strictObject({ name: settingName }))
    .output(settingViewSchema),
  /** Sealed in the vault; null removes it. Answers whether one is set now. */
  setSecret: base
    .route({
      method: 'PUT',
      path: '/secrets/{name}',
      summary: "Set or remove a secret that is no node's.",
      tags: ['Settings'],
    })
    .input(z.strictObject({ name: namedSecret, value: z.string().min(1).max(1024).nullable() }))
    .output(z.strictObject({ name: namedSecret, set: z.boolean() })),
}
