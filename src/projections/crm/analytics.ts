import { todayIn } from '#domain/dates.ts'
import type { Analytics, Measure } from '../analytics/measure.ts'

/** Each counts once, for the agent they were registered for, on the day of that. */
const customers: Measure = {
  name: 'customers',
  on: {
    CustomerRegistered: ({ data }) => [{ user: data.agent, day: data.occurredOn, count: 1 }],
  },
}

/** One fewer for the agent who gave a customer away, one more for the one who took over. */
const customersHandedOver: Measure = {
  name: 'customers_handed_over',
  on: {
    CustomerDetailsChanged: ({ data, metadata }, { timeZone }) => {
      const { agent, agentBefore } = data
      if (agent === undefined || agentBefore === undefined || agent === agentBefore) return []
      const day = todayIn(timeZone, metadata.recordedAt)
      return [
        { user: agentBefore, day, count: -1 },
        { user: agent, day, count: 1 },
      ]
    },
  },
}

/**
 * The user of a customer is the agent, who looks after them, and not who typed them in. A customer that
 * is handed over leaves the total of one agent for that of another on the day of it; past days stay, and
 * nobody is new again.
 */
export const crmAnalytics: Analytics = {
  version: 2,
  measures: [customers, customersHandedOver],
  fields: {
    totalCustomers: {
      of: [customers, customersHandedOver],
      shows: 'count',
      span: 'total',
      description:
        'Customers whom the user looks after at the end of the day. Who was deleted still counts: figures stay.',
    },
    newCustomersToday: {
      of: [customers],
      shows: 'count',
      span: 'today',
      description: 'Customers registered for the user on that day.',
    },
  },
}
