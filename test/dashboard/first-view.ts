// How long it takes from the address to the first view with its data, in a browser that was never here.
import type { TestBrowser } from './browser.ts'

/** What stands in it once its data is there, as text within an element. */
const views = {
  overview: { path: '/', selector: '.tile .value', until: /\d/ },
  list: { path: '/sagas', selector: 'tr.saga', until: /./ },
  stuck: { path: '/stuck', selector: '.groups > li, .blank', until: /./ },
} as const

export type FirstView = {
  readonly view: string
  /** Of each round, from the navigation to the data in the page, by the clock of the browser. */
  readonly seconds: readonly number[]
}

const watch = (selector: string, until: RegExp) => `new Promise((resolve) => {
  const look = () => [...document.querySelectorAll('${selector}')]
    .some((one) => ${until}.test(one.innerText)) && resolve(performance.now() / 1000)
  new MutationObserver(look).observe(document, { childList: true, subtree: true, characterData: true })
  look()
})`

/** Each round begins with nothing fetched. */
export async function firstViews(
  browser: TestBrowser,
  url: string,
  rounds: number,
): Promise<readonly FirstView[]> {
  const measured: FirstView[] = []
  for (const [view, { path, selector, until }] of Object.entries(views)) {
    const seconds: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      const { page } = await browser.open('about:blank')
      await page.goto(`${url}/dashboard${path}`, { waitUntil: 'commit' })
      seconds.push((await page.evaluate(watch(selector, until))) as number)
      await page.context().close()
    }
    measured.push({ view, seconds })
  }
  return measured
}
