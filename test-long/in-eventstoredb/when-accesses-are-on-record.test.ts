import '#test/support/in-eventstoredb.ts'
import '#test/api/when-accesses-are-on-record.test.ts'
