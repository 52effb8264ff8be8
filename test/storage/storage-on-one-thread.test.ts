// The storage contract without threads: the same sessions, where coverage is counted.

import { openOnOneThread } from './one-thread-storage.ts'
import { describeStorage } from './storage-contract.ts'

describeStorage(openOnOneThread)
