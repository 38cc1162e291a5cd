// Several test files build the dashboard at once on a fresh clone: what one puts in place or takes
// away must not fail the others.
import { rmSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildDashboard, dashboardFolder } from '../../local/dashboard-build.ts'

const folder = `${dashboardFolder}-of-another`
/** Makes and removes it without end, as a build beside this one does. */
const another = `
  const { mkdirSync, rmSync, writeFileSync } = require('node:fs')
  const { workerData: folder } = require('node:worker_threads')
  for (;;) {
    mkdirSync(folder + '/assets', { recursive: true })
    writeFileSync(folder + '/assets/main.js', '')
    rmSync(folder, { recursive: true, force: true })
  }`

let worker: Worker

beforeAll(async () => {
  await buildDashboard()
  worker = new Worker(another, { eval: true, workerData: folder })
})
afterAll(async () => {
  await worker.terminate()
  rmSync(folder, { recursive: true, force: true })
})

it('is built while another process builds it too', async () => {
  for (let scan = 0; scan < 100; scan++) expect(await buildDashboard()).toBe(false)
})
