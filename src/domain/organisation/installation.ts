/**
 * Whose streams are those of the installation itself: its users, what is done with its keys, projections
 * and configuration. It is of no form that an organisation's id may have (`ORGANISATION_ID`), so that
 * nobody can be of it, sign in to it, or be given a token of it.
 */
export const INSTALLATION = '_installation'
