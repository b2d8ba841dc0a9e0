import { randomUUID } from 'node:crypto'
import gossip from '@eventstore/db-client/generated/gossip_pb.js'
import shared from '@eventstore/db-client/generated/shared_pb.js'
import type { sendUnaryData } from '@grpc/grpc-js'

/** A node of a cluster, as its gossip tells of it. */
export interface Member {
  readonly host: string
  readonly port: number
  readonly isAlive: boolean
  readonly state: 'leader' | 'follower' | 'unknown'
}

const { LEADER, FOLLOWER, UNKNOWN } = gossip.MemberInfo.VNodeState
const STATES = { leader: LEADER, follower: FOLLOWER, unknown: UNKNOWN }

function infoOf(member: Member): gossip.MemberInfo {
  return new gossip.MemberInfo()
    .setInstanceId(new shared.UUID().setString(randomUUID()))
    .setTimeStamp('0')
    .setState(STATES[member.state])
    .setIsAlive(member.isAlive)
    .setHttpEndPoint(new gossip.EndPoint().setAddress(member.host).setPort(member.port))
}

/** @param members - asked anew for every answer. */
export function readGossip(members: () => readonly Member[]) {
  return (_call: unknown, answer: sendUnaryData<gossip.ClusterInfo>): void => {
    answer(null, new gossip.ClusterInfo().setMembersList(members().map(infoOf)))
  }
}
