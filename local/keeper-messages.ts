/** What a process that uses local parts (keeper-link.ts) and a keeper (keeper.ts) say to each other. */
export type KeptCommand = {
  readonly command: string
  readonly args: readonly string[]
  /** Run as this user; only root may ask for it. */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined
}

export type OrderlyEnd = {
  readonly signal: 'SIGINT' | 'SIGTERM'
  /** At the limit the server is killed. */
  readonly limitMs: number
}

export type KeeperOrder =
  /** Run to the end; at the limit it is killed and the answer is `failed`. */
  | { readonly type: 'run'; readonly command: KeptCommand; readonly limitMs: number }
  /** Start a server and answer when it has printed `readyText`; at the limit it is killed. */
  | {
      readonly type: 'start'
      readonly command: KeptCommand
      readonly readyText: string
      readonly limitMs: number
      readonly orderlyEnd: OrderlyEnd
    }
  | { readonly type: 'stop' }
  | { readonly type: 'kill' }
  /** Stop, remove the home folder, end. */
  | { readonly type: 'close' }

export type KeeperRequest = { readonly id: number; readonly order: KeeperOrder }

export type KeeperAnswer =
  | { readonly type: 'home'; readonly path: string }
  | { readonly type: 'done'; readonly id: number; readonly output: string; readonly pid: number }
  | {
      readonly type: 'failed'
      readonly id: number
      readonly reason: string
      readonly output: string
    }
  /** The server ended although nobody had asked for it. */
  | { readonly type: 'ended'; readonly reason: string; readonly output: string }
