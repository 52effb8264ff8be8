// 用浏览器登录：open。

export const open = {
  'open.summary': '打印一个让浏览器登录的链接：只能使用一次，十分钟内有效。',
  'open.link': '此链接可让一个浏览器登录一次，{{until}} 前有效。请勿转发：',
  'open.no-page':
    '链接背后的页面将随以后的版本提供；在此之前，它打开的是一段纯文本说明。命令行的功能见 `{{command}}`。',
} as const
