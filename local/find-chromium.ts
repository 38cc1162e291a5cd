/** Finds the Chromium that tests of the dashboard drive: that of the system, none is fetched. */
import { execFile } from 'node:child_process'
import { LocalPartsError } from './errors.ts'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const answerLimitMs = 20_000

/** `given` is tried alone. @throws LocalPartsError LOCAL_CHROMIUM_MISSING */
export async function findChromium(given: string | undefined): Promise<string> {
  for (const command of given === undefined ? names : [given]) {
    const place = await placeOf(command)
    if (place !== '') return place
  }
  const wanted = given === undefined ? names.join(', ') : given
  throw new LocalPartsError(
    'LOCAL_CHROMIUM_MISSING',
    `none of ${wanted} is on this machine. Install Chromium (Debian: apt-get install chromium), ` +
      'or say in CHROMIUM where one is.',
  )
}

function placeOf(command: string): Promise<string> {
  return new Promise((resolve) => {
    execFile('which', [command], { timeout: answerLimitMs }, (error, out) => {
      resolve(error ? '' : out.trim())
    })
  })
}
