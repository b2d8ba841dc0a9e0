import t from 'tap'
import { personLink } from '#domain/privacy/person-link.ts'
import { given } from '../given-when-then.ts'

const linkId = 'link-1'
const link = {
  type: 'LinkCustomers',
  linkId,
  customerIds: ['anna', 'anna-again', 'anna'],
  reason: 'said_by_person',
} as const
const unlink = { type: 'UnlinkCustomers', linkId, reason: 'linked_by_mistake' } as const
const linked = given(personLink, []).after(link)
const unlinked = given(personLink, linked).after(unlink)

t.test('given no link, when customers are linked, each is named once, by an event', async (t) => {
  t.strictSame(given(personLink, []).when(link), [
    { type: 'CustomerLinked', data: { linkId, customerId: 'anna', reason: 'said_by_person' } },
    {
      type: 'CustomerLinked',
      data: { linkId, customerId: 'anna-again', reason: 'said_by_person' },
    },
  ])
})

t.test('given a link, when it is made again, there is nothing to do', async (t) => {
  t.strictSame(given(personLink, linked).when(link), [])
})

t.test('given one customer only, however often named, they are not linked', async (t) => {
  const alone = { ...link, customerIds: ['anna', 'anna'] }
  const refused = { code: 'LINK_OF_ONE', field: 'customerIds' }
  t.hasStrict(given(personLink, []).when(alone), refused)
})

t.test('given a link, when it is undone, all of it ends and nothing more happens', async (t) => {
  const data = { linkId, reason: 'linked_by_mistake' } as const
  t.strictSame(given(personLink, linked).when(unlink), [
    { type: 'CustomerUnlinked', data: { ...data, customerId: 'anna' } },
    { type: 'CustomerUnlinked', data: { ...data, customerId: 'anna-again' } },
  ])
  t.strictSame(given(personLink, unlinked).when(unlink), [])
  t.strictSame(given(personLink, unlinked).when(link), [], 'nor does an old request link them anew')
})

t.test('given no link, when it is undone, it is not known', async (t) => {
  t.hasStrict(given(personLink, []).when(unlink), { code: 'LINK_UNKNOWN', facts: { linkId } })
})
