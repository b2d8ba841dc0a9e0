/** Imported before a test file, it puts the log of that file into EventStoreDB. */
import { chooseEventStoreDb } from './chosen-log.ts'

chooseEventStoreDb()
