import '#test/support/in-eventstoredb.ts'
import '#test/api/when-organisations-share-a-server.test.ts'
