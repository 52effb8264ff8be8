// Why the daemon cannot start, or not end whole, in Simplified Chinese. A part of sentences.ts.
import type { startSentences as english } from '../en/start-sentences.ts'

export const startSentences: Readonly<Record<keyof typeof english, string>> = {
  'already-running':
    'Switchyard 已经在数据目录 {{directory}} 上运行（pid {{pid}}）：代理 {{proxyUrl}}，控制 {{controlUrl}}。请使用它、停止它，或用 --data-dir 选择另一个目录。',
  'already-starting':
    '另一个 Switchyard 正在数据目录 {{directory}} 上启动或停止。请稍后再试，或用 --data-dir 选择另一个目录。',
  'bad-settings': '这些环境变量的值无法使用。请改正或取消设置：',
  'value-expects-number': '{{name}}：应为 {{min}} 到 {{max}} 之间的数字',
  'value-expects-whole-number': '{{name}}：应为 {{min}} 到 {{max}} 之间的整数',
  'value-expects-boolean': '{{name}}：应为 true 或 false',
  'value-expects-statuses': '{{name}}：应为 400 到 599 之间的 HTTP 状态码，以逗号分隔',
  'value-expects-choice': '{{name}}：应为以下之一：{{choices}}',
  'value-expects-text': '{{name}}：应为{{form}}',
  'port-of-switchyard':
    '端口 {{port}} 已被另一个 Switchyard 占用。请使用那一个、停止它，或用另外的 {{option}} 和独立的 --data-dir 启动本实例。',
  'port-of-switchyard-with-pid':
    '端口 {{port}} 已被另一个 Switchyard（pid {{pid}}）占用。请使用那一个、停止它，或用另外的 {{option}} 和独立的 --data-dir 启动本实例。',
  'port-of-program':
    '端口 {{port}} 已被 {{program}}（pid {{pid}}）占用。请停止它，或用另外的 {{option}} 启动 Switchyard。',
  'port-in-use': '端口 {{port}} 已被其他程序占用。请停止它，或用另外的 {{option}} 启动 Switchyard。',
  'port-refused': '系统不允许当前用户监听端口 {{port}}。请用 {{option}} 选择 1023 以上的端口。',
  'records-lost': 'Switchyard 已停止，但有记录没有写入数据库：{{loss}}',
  'data-directory-foreign-link':
    '数据目录 {{directory}} 是属于其他用户的链接，该用户可以让它指向别处；请删除它，或选择另一个目录。',
  'data-directory-not-one': '数据目录 {{directory}} 不是目录；请移走那里的文件，或选择另一个目录。',
  'data-directory-path-blocked': '无法创建数据目录 {{directory}}：路径中有一部分不是目录；请选择另一个目录。',
  'data-directory-not-created': '无法创建数据目录 {{directory}}（{{code}}）；请为当前用户创建它，或选择另一个目录。',
  'data-directory-shared':
    '数据目录 {{directory}} 中有其他文件，并且其他用户可以读取；请为 Switchyard 选择一个专用的目录，例如 {{example}}。',
  'data-directory-mode':
    '数据目录 {{directory}} 可以被其他用户读取，且无法更改其权限（{{code}}）；请用 chown 把它归为己有并设为 0700，或选择另一个目录。',
  'data-directory-unreadable':
    '无法读取数据目录 {{directory}}（{{code}}）；请用 chown 把它归为己有并设为 0700，或选择另一个目录。',
  'data-directory-unwritable':
    '无法写入数据目录 {{directory}}（{{code}}）；请让当前用户可以写入、腾出磁盘空间，或选择另一个目录。',
  'data-file-mode':
    '{{path}} 可以被其他用户读取，且无法更改其权限（{{code}}）；请用 chown 把它归为己有并设为 {{mode}}，或把它移走。',
  'data-file-leftover': '{{path}} 是崩溃后遗留的文件，无法删除（{{code}}）；请删除它并重新启动 Switchyard。',
  'data-file-unreadable': '无法读取目录 {{directory}}（{{code}}）；请用 chown 把它归为己有并设为 0700。',
  'database-newer': '数据库由更新版本的 Switchyard 写入：请重新安装那个版本，或恢复备份。（{{detail}}）',
  'database-busy': '数据库被其他程序锁定：请关闭打开它的程序后重试。（{{detail}}）',
  'database-full': '没有空间写入数据库：请腾出磁盘空间后重试。（{{detail}}）',
  'database-read-only': '无法写入数据库：请让当前用户可以写入该文件及其目录。（{{detail}}）',
  'database-corrupt':
    '数据库已损坏，或者不是数据库：请停止 Switchyard 并恢复备份；没有备份时请移走该文件。（{{detail}}）',
  'database-failed': '无法使用数据库：请检查其目录是否存在、当前用户能否写入、磁盘是否正常。（{{detail}}）',
  'start-failed': '启动失败：{{detail}}',
}
