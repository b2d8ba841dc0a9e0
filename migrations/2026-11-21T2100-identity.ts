import { type Kysely, sql } from 'kysely'
import { roleNames } from './role-names.ts'

/**
 * By what users prove who they are: none of it is in the log. Of tokens there are hashes, of e-mail
 * addresses and addresses of the network keyed hashes, of passwords argon2id. Read by no role but the writer.
 */
export async function up(db: Kysely<never>): Promise<void> {
  const { writer } = await roleNames(db)
  await sql`create schema identity`.execute(db)
  await sql`
    create table identity.password (
      user_id text collate "C" primary key,
      -- A PHC string: the parameters stand in it.
      phc text not null,
      set_at timestamptz not null default now()
    )`.execute(db)
  await sql`
    create table identity.one_time_link (
      token_hash bytea primary key,
      user_id text collate "C" not null,
      -- reset: sets the password; invitation: also makes a member, and needs the password of who has one.
      purpose text not null,
      -- That invites; empty for a reset.
      organisation text collate "C" not null,
      expires_at timestamptz not null,
      unique (user_id, purpose, organisation)
    )`.execute(db)
  await sql`
    create table identity.session (
      session_id uuid primary key,
      user_id text collate "C" not null,
      -- Where the person is signed in, and what the log last said of them.
      organisation text collate "C" not null,
      role text not null,
      language text,
      began_at timestamptz not null,
      used_at timestamptz not null,
      -- Whatever is refreshed, it is over then.
      ends_at timestamptz not null
    )`.execute(db)
  await sql`create index on identity.session (user_id)`.execute(db)
  await sql`create index on identity.session (ends_at)`.execute(db)
  await sql`
    create table identity.access_token (
      token_hash bytea primary key,
      session_id uuid not null references identity.session on delete cascade,
      expires_at timestamptz not null
    )`.execute(db)
  await sql`create index on identity.access_token (session_id)`.execute(db)
  await sql`
    create table identity.refresh_token (
      token_hash bytea primary key,
      session_id uuid not null references identity.session on delete cascade,
      expires_at timestamptz not null,
      -- Used, it is kept for as long as its session: whoever comes with it once more has stolen it, or it was stolen.
      used_at timestamptz
    )`.execute(db)
  await sql`create index on identity.refresh_token (session_id)`.execute(db)
  await sql`
    create table identity.sign_in_attempts (
      -- Keyed hash of an account, of an address, or of both.
      key text collate "C" primary key,
      -- Attempts that are held against it; they drain with time.
      level double precision not null,
      at timestamptz not null
    )`.execute(db)
  await sql`
    create table identity.known_address (
      user_id text collate "C" not null,
      -- Keyed hash.
      address text collate "C" not null,
      at timestamptz not null,
      primary key (user_id, address)
    )`.execute(db)
  await sql`grant usage on schema identity to ${sql.raw(writer)}`.execute(db)
  await sql`grant select, insert, update, delete on all tables in schema identity
    to ${sql.raw(writer)}`.execute(db)
}
