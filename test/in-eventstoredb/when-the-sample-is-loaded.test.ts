import '#test/support/in-eventstoredb.ts'
import '#test/cli/when-the-sample-is-loaded.test.ts'
