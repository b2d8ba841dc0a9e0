import '#test/support/in-eventstoredb.ts'
import '#test/api/when-projections-are-operated.test.ts'
