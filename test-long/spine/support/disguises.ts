/** The forms in which a text could stand somewhere without being seen at first sight. */
export function disguises(text: string): readonly string[] {
  const bytes = Buffer.from(text)
  const escaped = text.replace(
    /[^\x20-\x7e]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  const forms = [
    text,
    text.toLowerCase(),
    text.toUpperCase(),
    encodeURIComponent(text),
    escaped,
    bytes.toString('hex'),
    ...base64Middles(bytes),
  ]
  return [...new Set(forms)]
}

/** Base64 of the text wherever it begins within what was encoded, without what its neighbours touch. */
function base64Middles(bytes: Buffer): readonly string[] {
  return [0, 1, 2].flatMap((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), bytes])
    const from = before === 0 ? 0 : 4
    const to = Math.floor(whole.length / 3) * 4
    const middle = whole.toString('base64').slice(from, to)
    return middle.length < 6 ? [] : [middle, middle.replaceAll('+', '-').replaceAll('/', '_')]
  })
}
