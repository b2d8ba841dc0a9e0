import { createHash, hash } from 'node:crypto'
import { StringDecoder } from 'node:string_decoder'

/**
 * A file of JSON lines that shows what was changed in it: a header that says what it is; a line for each
 * record, closed by the SHA-256 of the record's text; and a last line with their count and the SHA-256
 * of every byte before that line (`head -n -1 FILE | sha256sum`).
 */

/** What a file is: its name, and how its records are to be read. */
export interface Format {
  readonly format: string
  readonly version: number
}

export interface Summary {
  readonly count: number
  /** In hexadecimal; two files with the same records have the same. */
  readonly sha256: string
}

/** The file is not what it says it is, or not as it was written. */
export class BrokenFile extends Error {
  override readonly name = 'BrokenFile'
  /** Counted from 1. */
  readonly line: number
  readonly reason: string

  /** The file is named where several are read. */
  constructor(line: number, reason: string, file?: string) {
    super(file === undefined ? `Line ${line}: ${reason}` : `${file}, line ${line}: ${reason}`)
    this.line = line
    this.reason = reason
  }
}

/** Text of the file, a page of records at a time; returns what its last line says. */
export async function* writeHashedLines(
  format: Format,
  pages: AsyncIterable<readonly object[]>,
): AsyncGenerator<string, Summary> {
  const all = new RunningSummary(format)
  yield all.header
  for await (const page of pages) {
    if (page.length > 0) yield page.map((record) => all.add(record)).join('')
  }
  const summary = all.summary()
  yield `${JSON.stringify(summary)}\n`
  return summary
}

/** What the last line of a file would say if it ended here. */
export class RunningSummary {
  readonly header: string
  readonly #hash = createHash('sha256')
  #count = 0

  constructor(format: Format) {
    this.header = `${JSON.stringify(format)}\n`
    this.#hash.update(this.header)
  }

  get count(): number {
    return this.#count
  }

  /** Answers the record's line. */
  add(record: object): string {
    const line = closedLine(record)
    this.#hash.update(line)
    this.#count += 1
    return line
  }

  summary(): Summary {
    return { count: this.#count, sha256: this.#hash.copy().digest('hex') }
  }
}

/** A record's text, closed by its hash. */
export function closedLine(record: object): string {
  const text = JSON.stringify(record)
  return `${text.slice(0, -1)},"hash":"${hash('sha256', text)}"}\n`
}

const HASH_MEMBER = /^,"hash":"([0-9a-f]{64})"\}$/
const HASH_MEMBER_LENGTH = ',"hash":""}'.length + 64

/**
 * The record of a line, if its hash is right.
 *
 * @throws BrokenFile naming the line by this number.
 */
export function openedLine(line: string, number: number): unknown {
  const [, written] = HASH_MEMBER.exec(line.slice(-HASH_MEMBER_LENGTH)) ?? []
  const text = `${line.slice(0, -HASH_MEMBER_LENGTH)}}`
  if (written === undefined) throw new BrokenFile(number, 'it does not end in its hash')
  if (hash('sha256', text) !== written) {
    throw new BrokenFile(number, 'its content is not what its hash was made of')
  }
  return parsed(text, number)
}

/**
 * Records of a file, one after the other, each after its hash was found right. Reads to the end before
 * it returns: only then is it known that nothing was cut off, left out or put in.
 *
 * @throws BrokenFile at the first line that is wrong.
 */
export async function* readHashedLines(
  format: Format,
  input: AsyncIterable<string | Uint8Array>,
): AsyncGenerator<unknown, Summary> {
  const all = createHash('sha256')
  let number = 0
  let last: string | undefined
  for await (const line of linesOf(input)) {
    // Which line is the last is known when there is no other.
    if (last !== undefined) {
      all.update(`${last}\n`)
      if (number === 1) checkHeader(format, last)
      else yield openedLine(last, number)
    }
    last = line
    number += 1
  }
  if (last === undefined || number < 2) throw new BrokenFile(number, 'the file ends here')
  const summary: Summary = { count: number - 2, sha256: all.digest('hex') }
  checkTrailer(last, number, summary)
  return summary
}

function checkHeader({ format, version }: Format, line: string): void {
  const header = parsed(line, 1) as Partial<Format> | null
  if (header?.format !== format) throw new BrokenFile(1, `this is no ${format}`)
  if (header.version !== version) {
    throw new BrokenFile(1, `it is of version ${header.version}; this program reads ${version}`)
  }
}

function checkTrailer(line: string, number: number, { count, sha256 }: Summary): void {
  const trailer = parsed(line, number) as Partial<Summary> | null
  if (trailer?.sha256 === undefined || trailer.count === undefined) {
    throw new BrokenFile(number, 'the file ends here, without its count and hash')
  }
  if (trailer.count !== count || trailer.sha256 !== sha256) {
    throw new BrokenFile(
      number,
      'count or hash do not fit the lines above: some are missing or changed',
    )
  }
  // JSON forgives what a hash would not: spaces, and members of another name.
  if (line !== JSON.stringify({ count, sha256 } satisfies Summary)) {
    throw new BrokenFile(number, 'it is not as it was written')
  }
}

function parsed(text: string, number: number): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new BrokenFile(number, 'it is no JSON')
  }
}

async function* linesOf(input: AsyncIterable<string | Uint8Array>): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  for await (const chunk of input) {
    const text = typeof chunk === 'string' ? chunk : decoder.write(chunk)
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  rest += decoder.end()
  if (rest !== '') yield rest
}
