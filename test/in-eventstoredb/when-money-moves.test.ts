import '#test/support/in-eventstoredb.ts'
import '#test/api/when-money-moves.test.ts'
