import t from 'tap'
import { placeOf } from '#adapters/log-home/home.ts'

const places = {
  'esdb://n1:2113': 'esdb://n1:2113',
  'esdb://admin:changeit@n1:2113?tls=false': 'esdb://n1:2113',
  'esdb+discover://admin:ch@ng/e?it@n1:2113,n2:2113?tlsCAFile=ca.crt':
    'esdb+discover://n1:2113,n2:2113',
  'postgres://daybook:hun@ter2@db:5432/daybook': 'postgres://db:5432/daybook',
  'postgres://daybook:hunter2@db/daybook?sslmode=require#x': 'postgres://db/daybook',
}

for (const [url, place] of Object.entries(places)) {
  t.test(`${url} is told as ${place}`, async (t) => {
    t.equal(placeOf(url), place)
  })
}
