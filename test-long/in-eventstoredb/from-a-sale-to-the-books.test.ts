import '#test/support/in-eventstoredb.ts'
import '#test/spine/from-a-sale-to-the-books.test.ts'
