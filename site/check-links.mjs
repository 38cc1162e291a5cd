// Follows every link, anchor and picture of the built site; prints those that lead nowhere, and ends
// with 1 if there is one. Links to other sites are left alone: they are not ours to keep.
import process from 'node:process'
import { LinkChecker } from 'linkinator'

const [, , folder] = process.argv
const pagesMin = 30

const { links } = await new LinkChecker().check({
  path: '.',
  serverRoot: folder,
  recurse: true,
  checkFragments: true,
  linksToSkip: ['^https?://(?!127\\.0\\.0\\.1)', '^mailto:'],
})
const broken = links.filter(({ state }) => state === 'BROKEN')
for (const { url, parent, status } of broken) {
  console.error(`${parent ?? folder}: ${url} leads nowhere (${status})`)
}
const checked = links.filter(({ state }) => state === 'OK')
const pages = new Set(checked.map(({ url }) => url).filter((url) => url.endsWith('.html')))
console.log(`${checked.length} links and ${pages.size} pages checked, ${broken.length} broken`)
// A check that found nothing to check proves nothing.
if (broken.length > 0 || pages.size < pagesMin) process.exit(1)
