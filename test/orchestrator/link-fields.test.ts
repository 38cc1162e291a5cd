// The settings of links and of faults: what is no template is refused, and production has no faults.
import { describe, expect, it } from 'vitest'
import { readConfig } from '../../messaging/config.ts'
import { faultsProblem, linkFields } from '../../orchestrator/link-fields.ts'

const read = (environment: Record<string, string>) =>
  readConfig(environment, linkFields, [faultsProblem])

describe('the settings of links', () => {
  it('are none unless they are given, and are kept as they were written', () => {
    const none = { traceUrl: null, logUrl: null, faultServices: [] }
    expect(read({ NODE_ENV: 'production' })).toMatchObject(none)
    const TRACE_URL = 'https://tempo.test/trace/{traceId}?of={sagaId}'
    const LOG_URL = 'http://loki.test/?q={sagaId}'
    expect(read({ TRACE_URL, LOG_URL })).toMatchObject({ traceUrl: TRACE_URL, logUrl: LOG_URL })
  })

  it.each([
    [{ TRACE_URL: 'https://tempo.test/{sagaId}' }, 'must have {traceId} in it'],
    [{ LOG_URL: 'https://loki.test/' }, 'must have {sagaId} or {traceId} in it'],
    [{ LOG_URL: 'https://loki.test/{sagaId}/{span}' }, 'has {span}'],
    [{ LOG_URL: 'javascript:alert({sagaId})' }, 'must be a URL'],
    [{ FAULT_SERVICES: 'https://shop.test' }, 'must be a URL that starts with http://'],
    [{ FAULT_SERVICES: 'http://127.0.0.1:8081', NODE_ENV: 'production' }, 'is refused'],
  ])('refuse %j', (environment, said) => {
    expect(() => read(environment)).toThrowError(said)
  })

  it('name the services that may fail', () => {
    const FAULT_SERVICES = 'http://127.0.0.1:8081, http://127.0.0.1:8082'
    const faultServices = ['http://127.0.0.1:8081', 'http://127.0.0.1:8082']
    expect(read({ FAULT_SERVICES, NODE_ENV: 'development' })).toMatchObject({ faultServices })
  })
})
