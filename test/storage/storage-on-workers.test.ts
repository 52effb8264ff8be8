// The storage contract over real worker threads, as the product runs it.
import { openStorage } from '../../src/storage/open-storage.ts'
import { describeStorage } from './storage-contract.ts'

describeStorage((directory) => openStorage({ directory }))
