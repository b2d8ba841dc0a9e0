import fc from 'fast-check'
import t from 'tap'
import { checkPassword, normalisedPassword } from '#domain/identity/password-rule.ts'
import { refusalOf } from '../given-when-then.ts'

const olga = { email: 'olga.ivanova@cornershop.example', name: 'Olga Ivanova' }
const verdict = (password: string): string =>
  refusalOf(() => checkPassword(password, olga))?.code ?? 'fine'

t.test('a long password of any characters is fine', async (t) => {
  for (const password of [
    'seven owls on a tram',
    'ثلاثة جمال في القارب',
    'سه گربه روی دیوار سبز',
    'correct horse but another staple',
    'Olga sold nineteen lamps',
    '🦉🦊🐻🐼🐨🦁🐮🐷🐸🐵🦄🐝🐛🦋🐌 and one letter more',
  ]) {
    t.equal(verdict(password), 'fine', password)
  }
})

t.test('one that is short, or far too long, is refused', async (t) => {
  t.equal(verdict('x7!kfmWq92pLz#'), 'PASSWORD_TOO_SHORT')
  t.equal(verdict('seven owls on a tram '.repeat(20)), 'PASSWORD_TOO_LONG')
})

t.test('one that is tried first is refused', async (t) => {
  for (const password of [
    'passwordpassword',
    'Password12345678!',
    'P-a-s-s-w-o-r-d-2026',
    'qwertyuiopasdfgh',
    'abcdefghijklmnopq',
    '123456789012345678',
    '1111111111111111111',
    'abababababababab',
    'changemechangeme',
    'olga.ivanova2026!',
    'olga.ivanova@cornershop.example',
    'CornerShop.example.123',
    'IvanovaIvanova99',
  ]) {
    t.equal(verdict(password), 'PASSWORD_TOO_COMMON', password)
  }
})

t.test(
  'whatever is chosen, the same characters typed otherwise are the same password',
  async () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }), (text) => {
        const [composed, apart] = [text.normalize('NFC'), text.normalize('NFD')]
        return normalisedPassword(composed) === normalisedPassword(apart)
      }),
      { seed: 20_261_121 },
    )
  },
)
