// A real Chromium for a test file, and pages in it: of one width, in one theme, with what went wrong
// in their consoles remembered.
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { readLocalConfig } from '../../local/config.ts'
import { findChromium } from '../../local/find-chromium.ts'

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export const widths = { phone: 360, desk: 1440 } as const
const height = 900

export type Look = {
  readonly width?: number
  readonly theme?: 'light' | 'dark'
}

export type OpenPage = {
  readonly page: Page
  /** Errors of scripts, and of what was fetched, that no test expected. */
  readonly complaints: string[]
}

export class TestBrowser {
  readonly #browser: Browser
  readonly #contexts = new Set<BrowserContext>()

  private constructor(browser: Browser) {
    this.#browser = browser
  }

  static async start(): Promise<TestBrowser> {
    const executablePath = await findChromium(readLocalConfig().chromium)
    return new TestBrowser(await chromium.launch({ executablePath, args: flags }))
  }

  async open(url: string, { width = widths.desk, theme = 'light' }: Look = {}): Promise<OpenPage> {
    const viewport = { width, height }
    const context = await this.#browser.newContext({ viewport, colorScheme: theme, locale: 'en' })
    this.#contexts.add(context)
    await context.addInitScript("localStorage.setItem('sagaline.actor', 'ada')")
    const page = await context.newPage()
    const complaints: string[] = []
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    await page.goto(url)
    return { page, complaints }
  }

  async closePages(): Promise<void> {
    for (const context of this.#contexts) await context.close()
    this.#contexts.clear()
  }

  stop(): Promise<void> {
    return this.#browser.close()
  }
}
