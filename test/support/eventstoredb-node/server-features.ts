import features from '@eventstore/db-client/generated/serverfeatures_pb.js'
import type { sendUnaryData } from '@grpc/grpc-js'

const VERSION = '23.10.8'
const METHODS: Readonly<Record<string, readonly string[]>> = {
  append: [],
  batchappend: ['deadline_duration'],
  read: ['position', 'events'],
  delete: [],
  tombstone: [],
}

/** @param batch - false leaves out BatchAppend, so that clients fall back to Append. */
export function getSupportedMethods(batch: boolean) {
  return (_call: unknown, answer: sendUnaryData<features.SupportedMethods>): void => {
    const methods = Object.entries(METHODS)
      .filter(([name]) => batch || name !== 'batchappend')
      .map(([name, list]) =>
        new features.SupportedMethod()
          .setMethodName(name)
          .setServiceName('event_store.client.streams.streams')
          .setFeaturesList([...list]),
      )
    answer(
      null,
      new features.SupportedMethods().setEventStoreServerVersion(VERSION).setMethodsList(methods),
    )
  }
}
