// A connection to Postgres past the product's pool and past the proxies, for what only a stranger
// does: ending others, holding locks, looking.
import { Client } from 'pg'

const connectLimitMs = 5_000

export async function openClient(url: string): Promise<Client> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: connectLimitMs,
    application_name: 'chaos',
  })
  // Without a listener a connection lost while idle would end this process.
  client.on('error', () => {})
  await client.connect()
  return client
}

export async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await openClient(url)
  try {
    return await work(client)
  } finally {
    await client.end().catch(() => {})
  }
}
