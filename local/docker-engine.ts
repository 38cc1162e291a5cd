/**
 * Whether a Docker engine answers, asked without loading testcontainers, which takes a second.
 * Called by local-parts.ts.
 */
import { existsSync } from 'node:fs'
import { get } from 'node:http'
import { connect } from 'node:net'
import { homedir } from 'node:os'
import path from 'node:path'

const answerLimitMs = 1_500

export async function isDockerAnswering(dockerHost: string | undefined): Promise<boolean> {
  if (dockerHost !== undefined) return isHostAnswering(dockerHost)
  const sockets = [
    '/var/run/docker.sock',
    path.join(homedir(), '.docker', 'run', 'docker.sock'),
    path.join(homedir(), '.docker', 'desktop', 'docker.sock'),
    path.join('/run', 'user', `${process.getuid?.() ?? 0}`, 'docker.sock'),
  ]
  const answers = await Promise.all(sockets.map(isSocketAnswering))
  return answers.includes(true)
}

function isHostAnswering(dockerHost: string): Promise<boolean> {
  if (dockerHost.startsWith('unix://')) return isSocketAnswering(dockerHost.slice('unix://'.length))
  try {
    const { hostname, port } = new URL(dockerHost)
    return isPortOpen(hostname, Number(port) || 2375)
  } catch {
    return Promise.resolve(false)
  }
}

function isSocketAnswering(socketPath: string): Promise<boolean> {
  if (!existsSync(socketPath)) return Promise.resolve(false)
  return new Promise((resolve) => {
    const asked = get({ socketPath, path: '/_ping', timeout: answerLimitMs }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    asked.once('timeout', () => asked.destroy(new Error('no answer')))
    asked.once('error', () => resolve(false))
  })
}

function isPortOpen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: answerLimitMs })
    const settle = (isOpen: boolean) => {
      socket.destroy()
      resolve(isOpen)
    }
    socket.once('connect', () => settle(true))
    socket.once('timeout', () => settle(false))
    socket.once('error', () => settle(false))
  })
}
