import '#test/support/in-eventstoredb.ts'
import '#test/api/when-a-request-is-repeated.test.ts'
