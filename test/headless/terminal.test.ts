// Lines for a terminal: widths of Chinese and emoji, where text breaks, tables that fit, colours.
import { describe, expect, test } from 'vitest'
import { createPaint } from '../../src/headless/terminal/colour.ts'
import { hangingLines, labelledLines } from '../../src/headless/terminal/hanging-lines.ts'
import { displayWidth, truncate } from '../../src/headless/terminal/plain-text.ts'
import { type Column, formatTable } from '../../src/headless/terminal/table.ts'
import { wrapText } from '../../src/headless/terminal/wrap-text.ts'

test('a Chinese character and an emoji take two columns, a combining mark none', () => {
  expect(['a', '中', '，', '✅', '🚀', 'é', '…'].map(displayWidth)).toEqual([1, 2, 2, 2, 2, 1, 1])
  expect(truncate('中文字符', 5)).toBe('中文…')
})

describe('wrapping', () => {
  test('breaks English at spaces only', () => {
    expect(wrapText('one two three', 8)).toEqual(['one two', 'three'])
  })

  test('breaks Chinese between any two characters, and leaves a Latin word whole', () => {
    expect(wrapText('没有更多内容可以跟踪', 8)).toEqual(['没有更多', '内容可以', '跟踪'])
    expect(wrapText('启动Switchyard后等待', 12)).toEqual(['启动', 'Switchyard后', '等待'])
  })

  test('begins no line with a closing mark and ends none with an opening one', () => {
    const text = '正在停止（pid 4242）：运行中的请求可以先完成，然后退出。再按一次 Ctrl-C，立即结束！'
    for (let width = 8; width < 40; width += 1) {
      const lines = wrapText(text, width)
      for (const line of lines) {
        expect(displayWidth(line), line).toBeLessThanOrEqual(width)
        expect(line).not.toMatch(/^[，。、；：？！）」”]/)
        expect(line).not.toMatch(/[（「“]$/)
      }
      // Nothing is lost but spaces at line ends.
      expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''))
    }
  })

  test('cuts what fits no line, and keeps the line ends of the text', () => {
    expect(wrapText('abcdefgh', 3)).toEqual(['abc', 'def', 'gh'])
    expect(wrapText('a\n\nb c', 10)).toEqual(['a', '', 'b c'])
  })
})

test('labels are as wide as they look, and the text hangs beside them', () => {
  expect(hangingLines('节点', '没有更多内容可以跟踪了吗', { labelWidth: 4, width: 26 })).toEqual([
    '节点  没有更多内容可以跟踪',
    '      了吗',
  ])
  expect(
    labelledLines(
      [
        ['状态', '好'],
        ['id', 'x'],
      ],
      { width: 40 },
    ),
  ).toEqual(['  状态  好', '  id    x'])
})

describe('a table', () => {
  const paint = createPaint({ isTerminal: false, environment: {} })
  const columns: readonly Column[] = [
    { header: 'NAME', shrinkTo: 6 },
    { header: 'STATE' },
    { header: 'WHERE', shrinkTo: 12, drop: 1 },
    { header: 'KEYS', drop: 2 },
  ]
  const rows = [
    ['a-long-name', '活动', 'https://relay.example', '…1234'],
    ['b', '冷却中', 'x', 'none'],
  ]
  const at = (width: number) => formatTable(columns, rows, { width, paint })

  test('has room for all, shrinks, then leaves columns out, the least needed first', () => {
    expect(at(60)[0]).toBe('NAME         STATE   WHERE                  KEYS')
    expect(at(40)[0]).toMatch(/^NAME +STATE +WHERE +KEYS$/)
    expect(at(30)[0]).toBe('NAME         STATE   KEYS')
    expect(at(18)[0]).toBe('NAME        STATE')
    for (const width of [18, 30, 40, 60]) {
      for (const line of at(width)) expect(displayWidth(line), line).toBeLessThanOrEqual(width)
    }
  })

  test('aligns Chinese', () => {
    const ends = at(60).map((line) => displayWidth(line.slice(0, line.lastIndexOf('  '))))
    expect(new Set(at(60).map((line) => displayWidth(/^(?:\S+ +){2}/.exec(line)?.[0] ?? ''))).size).toBe(1)
    expect(ends.length).toBe(3)
  })

  test('lets the text of its last column go on under itself', () => {
    const wrapping = [{ header: 'KEY' }, { header: 'WHY', shrinkTo: 10, wraps: true }] as const
    expect(formatTable(wrapping, [['k', 'because it was refused']], { width: 18, paint })).toEqual([
      'KEY  WHY',
      'k    because it',
      '     was refused',
    ])
  })
})

describe('colour', () => {
  const isOn = (isTerminal: boolean, environment: Record<string, string>) =>
    createPaint({ isTerminal, environment })('x', 'good') !== 'x'

  test('is for terminals, unless NO_COLOR or a dumb one', () => {
    expect(isOn(true, {})).toBe(true)
    expect(isOn(false, {})).toBe(false)
    expect(isOn(true, { NO_COLOR: '1' })).toBe(false)
    expect(isOn(true, { NO_COLOR: '' })).toBe(true)
    expect(isOn(true, { TERM: 'dumb' })).toBe(false)
  })

  test('FORCE_COLOR decides over all of that, as in Node itself', () => {
    expect(isOn(false, { FORCE_COLOR: '1' })).toBe(true)
    expect(isOn(true, { FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(true)
    expect(isOn(true, { FORCE_COLOR: '0' })).toBe(false)
    expect(isOn(false, { FORCE_COLOR: '' })).toBe(false)
  })
})
