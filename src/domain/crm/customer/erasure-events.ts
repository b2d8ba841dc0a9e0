import { z } from 'zod'
import { identifier, localDate, personal } from '../../event-schema.ts'
import { retainedKinds, retentionYear } from '../retention.ts'

// These names and shapes are the stored format. They are never renamed and never change meaning.

/** The grounds of Article 17(1) GDPR, in words of our own; no text, since it could be about the person. */
export const erasureReason = z.enum([
  'asked_by_person',
  'no_longer_needed',
  'consent_withdrawn',
  'objected',
  'unlawful',
  'legal_obligation',
])
const why = personal('customerId', z.string().min(1).max(1000))
/** Of whose texts the keys are destroyed beside the customer's own. */
export const erasedSubject = z.object({
  /** Of an access and of an unmasking it is what somebody said they were for. */
  kind: z.enum(['sale', 'bad_debt', 'wallet', 'access', 'unmasking']),
  id: identifier,
})

export const erasureEvents = {
  ErasureRequested: z.object({
    customerId: identifier,
    reason: erasureReason,
    requestedBy: identifier,
    /** Whether somebody else has to approve it, as the organisation wanted at that time. */
    needsApproval: z.boolean(),
    /** Customers who are one person with this one, as was known when it was asked: it is asked for them too. */
    linked: z.array(identifier).min(1).optional(),
  }),
  ErasureApproved: z.object({ customerId: identifier, approvedBy: identifier }),
  ErasureRejected: z.object({ customerId: identifier, rejectedBy: identifier, reason: why }),
  /** From here on they are shown only to those who need it; nothing new is recorded for them. */
  PersonRestricted: z.object({
    customerId: identifier,
    /** The last day of the term; absent when only a legal hold keeps them. */
    until: localDate.optional(),
    because: z.array(
      z.object({
        kind: z.enum(retainedKinds),
        documents: z.int().min(1),
        latest: localDate,
        years: retentionYear,
        until: localDate,
      }),
    ),
    /** The organisation's ordinal up to which their documents were looked for. */
    upTo: z.int().min(0),
  }),
  /** While it stands nothing of them is erased. */
  LegalHoldPlaced: z.object({ customerId: identifier, reason: why }),
  LegalHoldLifted: z.object({ customerId: identifier, reason: why }),
  /** The intention: their keys are destroyed because of it. */
  PersonErased: z.object({ customerId: identifier, upTo: z.int().min(0) }),
  /** The keys of these, and the customer's own, are destroyed: nobody can read what was written of them. */
  PersonalTextsErased: z.object({
    customerId: identifier,
    subjects: z.array(erasedSubject),
    upTo: z.int().min(0),
    /** The last of those for this `upTo`. */
    isLast: z.boolean(),
  }),
} as const
