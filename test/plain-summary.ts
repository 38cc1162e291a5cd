// The last line of a test run, in the plain form that scripts read: `N passed, N failed, N skipped`.
import type { Reporter, TestModule } from 'vitest/node'

export class PlainSummary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const count = { passed: 0, failed: 0, skipped: 0 }
    for (const module of modules) {
      let tests = 0
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        count[state === 'pending' ? 'skipped' : state] += 1
        tests += 1
      }
      // A file that breaks before its first test counts as one failure.
      if (module.state() === 'failed' && (tests === 0 || module.errors().length > 0)) {
        count.failed += 1
      }
    }
    process.on('exit', () => {
      process.stdout.write(
        `${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`,
      )
    })
  }
}

export default PlainSummary
