import '#test/support/in-eventstoredb.ts'
import '#test/api/when-wallets-are-used.test.ts'
