import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { freshPage } from '../../infra/tools/fresh-page.ts'
import { startBrowser } from '../e2e/browser.ts'
import { People } from '../kit/people.ts'
import { type Picture, writeAlbum } from './album.ts'
import { looks, takeAll } from './take.ts'
import { makeWorld } from './world.ts'

// npm run screenshots [-- --only home --subscriptions 50 --licences 500]: pictures of every page, to look at.
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    looks: { type: 'string', default: looks.map(({ name }) => name).join() },
    subscriptions: { type: 'string', default: '500' },
    licences: { type: 'string', default: '5000' },
  },
})
const folder = join(import.meta.dirname, '..', '..', '.local', 'screenshots')
const seconds = () => Math.round(performance.now() / 1000)

await freshPage()
const [people, browser] = await Promise.all([People.start(), startBrowser()])
try {
  const world = await makeWorld(people, {
    subscriptions: Number(values.subscriptions),
    licences: Number(values.licences),
  })
  console.log(`${seconds()} s: ${values.subscriptions} subscriptions, ${values.licences} licences in one of them`)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const pictures: Picture[] = []
  for (const look of looks.filter(({ name }) => values.looks.split(',').includes(name))) {
    pictures.push(...(await takeAll({ browser, people, world, folder, look, only: values.only })))
    console.log(`${seconds()} s: ${look.name}`)
  }
  writeAlbum(folder, pictures)
  const faults = pictures.filter(({ complaints }) => complaints.length > 0)
  for (const { name, look, complaints } of faults) console.log(`${name}, ${look}: ${complaints.join('; ')}`)
  console.log(
    `${pictures.length} pictures, ${faults.length} with complaints of the browser: ${join(folder, 'index.html')}`,
  )
} finally {
  await Promise.all([browser.close(), people.stop()])
}
