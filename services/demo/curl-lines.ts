// Requests to try while the demo stays up, each a line that works when pasted into a shell.

export type CurlLine = { readonly what: string; readonly line: string }

/** `sagaId` is a saga that exists. */
export function curlLines(url: string, sagaId: string): readonly CurlLine[] {
  const twice = start(url, 'idempotency-key: my-first-order', order)
  return [
    { what: 'an order, answered at its end', line: start(url, 'prefer: wait=10', order) },
    {
      what: 'one whose payment is declined',
      line: start(url, 'prefer: wait=10', { ...order, declinePayment: true }),
    },
    { what: 'the same key twice: first', line: twice },
    { what: 'and again: the same id, and isNew is false', line: twice },
    { what: 'the first order of the demo', line: get(`${url}/sagas/${sagaId}`) },
    { what: 'everything that happened to it', line: get(`${url}/sagas/${sagaId}/history`) },
    { what: 'what was compensated', line: get(`${url}/sagas?status=compensated&limit=10`) },
  ]
}

const order = { customerId: 'me', amount: 1_999, items: [{ sku: 'teapot', quantity: 1 }] }

/** curl ends no line by itself. */
const curl = `curl -sS -w '\\n'`

function get(url: string): string {
  return `${curl} '${url}'`
}

function start(url: string, header: string, body: object): string {
  const headers = `-H 'content-type: application/json' -H '${header}'`
  return `${curl} ${headers} -d '${JSON.stringify(body)}' '${url}/sagas/place-order'`
}
