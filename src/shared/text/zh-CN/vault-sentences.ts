// What the daemon says of the vault, in Simplified Chinese. A part of sentences.ts.
import type { vaultSentences as english } from '../en/vault-sentences.ts'

export const vaultSentences: Readonly<Record<keyof typeof english, string>> = {
  'vault-locked': '保险库已锁定：请运行 `switchyard vault unlock`，用口令打开。',
  'vault-locked-wrong-passphrase':
    '保险库已锁定：启动时给出的口令打不开它。请运行 `switchyard vault unlock`，输入正确的口令。',
  'vault-locked-credential':
    '保险库已锁定：没有 systemd 凭据 {{name}}。请以拥有该凭据的服务启动 Switchyard（LoadCredential= 或 LoadCredentialEncrypted=），或用导出文件打开：`switchyard vault import`。',
  'vault-locked-keychain':
    '保险库已锁定：它由桌面系统的钥匙串封存。请在桌面端导出，再在这里运行 `switchyard vault import` 打开。',
  'vault-key-missing':
    '保险库已损坏：密钥文件 {{path}} 不见了，没有它就打不开已存的 {{sealed}} 项机密。请从备份恢复该文件并重启，或用导出文件打开（`switchyard vault import`），或删除节点后连同密钥重新添加。',
  'vault-key-foreign':
    '保险库已损坏：它的数据密钥打不开已存的 {{sealed}} 项机密中的任何一项，说明它属于另一个数据库。请恢复与此数据库配套的保险库文件并重启，或用导出文件打开（`switchyard vault import`），或删除节点后连同密钥重新添加。',
  'vault-key-wrong-length':
    '保险库已损坏：密钥文件 {{path}} 长 {{bytes}} 字节，应为 {{expected}} 字节。请从备份恢复并重启，或用导出文件打开（`switchyard vault import`），或删除节点后连同密钥重新添加。',
  'vault-file-damaged':
    '保险库已损坏：无法识别 {{path}} 的内容。请从备份恢复并重启，或用导出文件打开（`switchyard vault import`），或删除节点后重新选择保护方式（`switchyard vault protect`）。',
  'vault-file-newer': '保险库已损坏：{{path}} 由更新版本的 Switchyard 写入。请重新安装那个版本。',
  'vault-file-unreadable':
    '保险库已损坏：无法读取 {{path}}（{{reason}}）。它必须是属于当前用户的普通文件；请修正后重启。',
  'vault-credential-wrong':
    '保险库已损坏：systemd 凭据 {{name}} 打不开它；必须是当初保护保险库的那一个，且不少于 {{bytes}} 字节。请把它交给服务并重启，或用导出文件打开：`switchyard vault import`。',
  'vault-file-unwritable': '无法写入 {{path}}（{{reason}}）。请腾出磁盘空间或让当前用户可以写入，然后重试。',
  'vault-value-unknown-format':
    '{{owner}} 的一项已存机密采用了此版本 Switchyard 不认识的格式；请重新安装更新的版本，或重新输入。',
  'vault-value-not-readable':
    '{{owner}} 的一项已存机密打不开：它已损坏、属于别的对象，或由另一个数据密钥封存。请重新输入，或恢复与此数据库配套的保险库文件。',
  'vault-wrong-passphrase': '这不是保险库的口令，没有做任何更改。',
  'vault-no-passphrase': '保险库没有用口令保护：`switchyard vault status` 会说明用什么打开它。',
  'vault-unlock-wait': '正在验证另一个口令；多次输错后验证会变慢。请在 {{seconds}} 秒后重试。',
  'vault-already-open': '保险库已经打开，没有什么需要导入。',
  'vault-no-credential':
    '没有不少于 {{bytes}} 字节的 systemd 凭据 {{name}}：请用 LoadCredential= 或 LoadCredentialEncrypted= 把它交给服务，重启服务后重试。',
  'vault-rotate-unreadable':
    '以下已存机密打不开，换用新的数据密钥后它们会丢失：{{names}}。请重新输入或删除它们，然后重试。',
  'vault-export-newer': '该导出文件由更新版本的 Switchyard 写出：请用那个版本导入。',
  'vault-export-invalid': '这不是保险库的导出文件：请给出 `switchyard vault export` 写出的完整文本。',
  'vault-export-wrong-passphrase': '这不是导出文件的口令，或者导出文件被改动过。这里没有做任何更改。',
  'vault-export-foreign':
    '该导出文件只能打开数据库中 {{sealed}} 项机密里的 {{opened}} 项，说明它属于另一个数据库或其更早的状态。这里没有做任何更改。',
}
