// The catalogues of the command line and the daemon's sentences: the same in every language, and none of them dead.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ineligibilityText } from '../../src/engine/balancing/candidacy.ts'
import { badAnswer, broken, connectFailed, connectTimeout, timedOut } from '../../src/engine/classify/end-message.ts'
import type { TextKey } from '../../src/headless/text/catalogue.ts'
import { common } from '../../src/headless/text/en/common.ts'
import { daemon } from '../../src/headless/text/en/daemon.ts'
import { english } from '../../src/headless/text/en/english.ts'
import { key } from '../../src/headless/text/en/key.ts'
import { node } from '../../src/headless/text/en/node.ts'
import { open } from '../../src/headless/text/en/open.ts'
import { pool } from '../../src/headless/text/en/pool.ts'
import { settings } from '../../src/headless/text/en/settings.ts'
import { vault } from '../../src/headless/text/en/vault.ts'
import { words } from '../../src/headless/text/en/words.ts'
import { languageOf } from '../../src/headless/text/language.ts'
import { createPhrasebook } from '../../src/headless/text/phrases.ts'
import { createText } from '../../src/headless/text/text.ts'
import { chinese } from '../../src/headless/text/zh-CN/chinese.ts'
import { phrases } from '../../src/headless/text/zh-CN/phrases.ts'
import { settingMeanings } from '../../src/headless/text/zh-CN/setting-meanings.ts'
import { settingDefinitions } from '../../src/shared/settings/settings.ts'
import { sentences as englishSentences } from '../../src/shared/text/en/sentences.ts'
import { speak } from '../../src/shared/text/speak.ts'
import { sentences as chineseSentences } from '../../src/shared/text/zh-CN/sentences.ts'

const han = /\p{Script=Han}/u

function placeholders(text: string): readonly string[] {
  return [...new Set([...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name ?? ''))].toSorted()
}

describe('catalogues', () => {
  test('no key stands in two areas, where one would hide the other', () => {
    const areas = [common, daemon, key, node, open, pool, settings, vault, words]
    const keys = areas.flatMap((area) => Object.keys(area))
    expect(keys.filter((one, index) => keys.indexOf(one) !== index)).toEqual([])
    expect(keys.toSorted()).toEqual(Object.keys(english).toSorted())
  })

  test('Chinese has no key that English lacks, and the same parameters in every one', () => {
    const all: Readonly<Record<string, string>> = english
    for (const [name, text] of Object.entries(chinese)) {
      expect(all[name], name).toBeDefined()
      // A singular may leave the number out, and Chinese has none.
      expect(placeholders(text), name).toEqual(placeholders(all[name] ?? ''))
    }
  })

  test('the sentences of the daemon have the same keys and parameters in both', () => {
    expect(Object.keys(chineseSentences).toSorted()).toEqual(Object.keys(englishSentences).toSorted())
    const translated = new Map(Object.entries(chineseSentences))
    for (const [code, text] of Object.entries(englishSentences)) {
      expect(placeholders(translated.get(code) ?? ''), code).toEqual(placeholders(text))
    }
  })

  test('phrases keep their parameters, and every setting has its meaning', () => {
    for (const [phrase, translation] of Object.entries(phrases)) {
      expect(placeholders(translation), phrase).toEqual(placeholders(phrase))
    }
    expect(Object.keys(settingMeanings)).toEqual(Object.keys(settingDefinitions))
  })

  test('what is said in Chinese is Chinese', () => {
    // Names, such as "CA" and "shell", and what is made of parameters and marks alone.
    const named = new Set(['confirm.choices', 'node-show.ca', 'completion.shell'])
    for (const [name, text] of Object.entries(chinese)) {
      if (!named.has(name) && /\p{L}/u.test(text.replaceAll(/\{\{\w+\}\}/g, ''))) expect(text, name).toMatch(han)
    }
    for (const [code, text] of Object.entries(chineseSentences)) expect(text, code).toMatch(han)
    for (const text of [...Object.values(phrases), ...Object.values(settingMeanings)]) expect(text).toMatch(han)
  })

  test('every key is said somewhere', async () => {
    const source = await sourceText()
    // Made of a part and a value, like `node-status.${status}`.
    const beginnings = [...source.matchAll(/`([\w-]+(?:\.[\w-]*)?)\$\{/g)].map(([, beginning]) => beginning ?? '')
    const dead = Object.keys(english)
      .map((one) => one.replace(/_(?:one|other)$/, ''))
      .filter((one) => !source.includes(`'${one}'`))
      .filter((one) => !(one.endsWith('-near') && source.includes(`'${one.replace(/-near$/, '')}'`)))
      .filter((one) => !beginnings.some((beginning) => beginning.includes('.') && one.startsWith(beginning)))
    expect(dead).toEqual([])
  })
})

/** All of src/headless but the catalogues themselves. */
async function sourceText(): Promise<string> {
  const root = join(import.meta.dirname, '../../src/headless')
  const names = await readdir(root, { recursive: true })
  const files = names.filter((name) => name.endsWith('.ts') && !name.startsWith('text/'))
  const texts = await Promise.all(files.map((name) => readFile(join(root, name), 'utf8')))
  return texts.join('\n')
}

describe('the language', () => {
  test('is that of LC_ALL, else LC_MESSAGES, else LANG', () => {
    expect(languageOf({ LANG: 'zh_CN.UTF-8' })).toBe('zh-CN')
    expect(languageOf({ LANG: 'zh_TW.utf8', LC_ALL: '' })).toBe('zh-CN')
    expect(languageOf({ LANG: 'en_US.UTF-8', LC_MESSAGES: 'zh_CN' })).toBe('zh-CN')
    expect(languageOf({ LANG: 'zh_CN.UTF-8', LC_ALL: 'C' })).toBe('en')
    expect(languageOf({ LANG: 'zha_CN.UTF-8' })).toBe('en')
    expect(languageOf({})).toBe('en')
  })

  test('is English in a Chinese terminal that cannot show UTF-8', () => {
    expect(languageOf({ LANG: 'zh_CN.GBK' })).toBe('en')
  })
})

describe('what is said', () => {
  const zh = createText('zh-CN')

  test('has its parameters and plurals', () => {
    const en = createText('en')
    const asked: TextKey = 'status.failover-text'
    expect(en.say(asked, { count: 1 })).toBe('1 request went on after a failed attempt')
    expect(en.say(asked, { count: 2 })).toBe('2 requests went on after a failed attempt')
    expect(zh.say(asked, { count: 1 })).toBe('1 个请求在一次失败的尝试之后继续')
  })

  test('by a newer daemon, whose code nobody here knows, is its English', () => {
    expect(zh.spoken({ code: 'of-the-future', parameters: {}, text: 'The future is here.' })).toBe(
      'The future is here.',
    )
  })

  test('is never taken for a key or markup', () => {
    const parameters = { ref: '{{names}} $t(x) <b>', names: 'a' }
    expect(zh.spoken(speak('node-unknown-near', parameters))).toContain('“{{names}} $t(x) <b>”')
  })
})

describe('fixed phrases of the engine', () => {
  const zh = createText('zh-CN')

  test('are known by their wording, those inside others too', () => {
    expect(zh.phrase('first in order')).toBe('顺序在最前')
    expect(zh.phrase('would be chosen: the only candidate')).toBe('会被选中：唯一的候选')
    expect(zh.phrase('answered 429')).toBe('返回了 429')
    expect(zh.phrase('no connection within 5 s, through the proxy http://p:1')).toBe(
      '通过代理 http://p:1 在 5 秒内没有连上',
    )
  })

  test('are the ones the engine says', () => {
    const problems = ['html', 'empty', 'malformed', 'ended-early'] as const
    const said = [
      ...Object.values(ineligibilityText),
      ...problems.map((problem) => badAnswer(problem, true)),
      ...(['first-event', 'silence', 'whole-answer', 'before-content-total'] as const).map(timedOut),
      ...(['before-head', 'before-content', 'after-commit'] as const).map((phase) => broken(phase, 'ECONNRESET')),
      connectTimeout(5_000, null),
      connectTimeout(1_500, 'http://127.0.0.1:7890'),
      connectFailed('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:1'),
    ]
    for (const phrase of said) expect(zh.phrase(phrase), phrase).toMatch(han)
  })

  test('leave the words of a provider as they are', () => {
    expect(zh.phrase('answered 429 rate_limit_error: Too many requests')).toBe(
      '返回了 429 rate_limit_error: Too many requests',
    )
    expect(zh.phrase('Something nobody knows')).toBe('Something nobody knows')
    expect(zh.phrase('answered 429 over\nseveral lines')).toBe('answered 429 over\nseveral lines')
    expect(createText('en').phrase('first in order')).toBe('first in order')
  })

  test('are known too where a sentence of the daemon is kept as text', () => {
    const { text } = speak('vault-locked')
    expect(zh.phrase(text)).toBe(chineseSentences['vault-locked'])
    const long = speak('vault-value-not-readable', { owner: 'node relay-a' }).text
    expect(zh.phrase(long)).toMatch(/^node relay-a .*打不开/)
  })

  test('are looked up in a table that is made once, at the first phrase', () => {
    let loads = 0
    const say = createPhrasebook(() => {
      loads += 1
      return { 'a (b) {{c}}?': '{{c}}!' }
    })
    expect(loads).toBe(0)
    expect([say('a (b) c?'), say('a b c?')]).toEqual(['c!', 'a b c?'])
    expect(loads).toBe(1)
  })
})
