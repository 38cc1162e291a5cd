// Answers what Node cannot make a request of: broken HTTP, too large headers, a request that does
// not arrive. There is no request and no reply yet, so the answer is written to the socket.
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { orchestratorError } from '../errors.ts'
import type { HttpLimits } from './http-options.ts'
import { problemMediaType, problemOf } from './problem.ts'
import { securityHeaders } from './security-headers.ts'

export function brokenRequestAnswerer(limits: HttpLimits, newRequestId: () => string) {
  return (error: NodeJS.ErrnoException, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || !socket.writable) return
    const problem = problemOf(translate(error, limits), newRequestId())
    const body = JSON.stringify(problem)
    socket.write(
      [
        `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
        `Content-Type: ${problemMediaType}`,
        `Content-Length: ${Buffer.byteLength(body)}`,
        'Connection: close',
        ...Object.entries(securityHeaders).map(([name, value]) => `${name}: ${value}`),
        '',
        body,
      ].join('\r\n'),
    )
    socket.destroySoon()
  }
}

function translate(error: NodeJS.ErrnoException, limits: HttpLimits): Error {
  switch (error.code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return orchestratorError('REQUEST_TIMEOUT', { limitMs: limits.requestMsMax }, error)
    case 'HPE_HEADER_OVERFLOW':
      return orchestratorError('HEADERS_TOO_LARGE', { limit: limits.headerBytesMax }, error)
    default:
      return orchestratorError('REQUEST_INVALID', { problem: 'it is not HTTP/1.1' }, error)
  }
}
