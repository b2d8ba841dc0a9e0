import '#test/support/in-eventstoredb.ts'
import '#test/api/when-a-customer-buys.test.ts'
