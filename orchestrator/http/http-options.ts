// What the HTTP edge can be told, and its limits. Given in by `orchestrator.ts` from its config.
import type { LoginOptions } from './access/login.ts'

export type HttpLimits = {
  /** A larger body is refused with BODY_TOO_LARGE. */
  readonly bodyBytesMax: number
  /** A larger head of a request is refused with HEADERS_TOO_LARGE. */
  readonly headerBytesMax: number
  /** A longer `Prefer: wait` is cut to this; `Preference-Applied` says so. */
  readonly waitMsMax: number
  /** Requests that wait for an end at once; those beyond are answered without waiting. */
  readonly waitsMax: number
  /** Streams of events at once; those beyond get STREAMS_FULL. */
  readonly streamsMax: number
  /** Of them of one caller. */
  readonly streamsOfOneMax: number
  /** A stream is ended after this, so that whoever listens logs in again. */
  readonly streamMsMax: number
  /** Open connections; those beyond are dropped by Node before they cost anything. */
  readonly connectionsMax: number
  /** A request that has not arrived completely by then gets REQUEST_TIMEOUT. */
  readonly requestMsMax: number
  /** A request whose answer is not known by then, waits not counted, gets ANSWER_TIMEOUT. */
  readonly answerMsMax: number
  /** A connection between two requests is closed after this. */
  readonly idleMsMax: number
  /** Requests of one address in a second; 0 for no limit, as for the next three. */
  readonly requestsMax: number
  /** Starts and signals of one caller in a second; beyond it they get RATE_LIMITED. */
  readonly startsMax: number
  /** Verbs and migrations of one caller in a second. */
  readonly verbsMax: number
  /** Reads of one caller in a second. */
  readonly readsMax: number
  /** Addresses of proxies whose word on the address of the client is believed. */
  readonly trustedProxies: readonly string[]
  /** After this `stop` cuts the connections that are still open. */
  readonly stopMsMax: number
}

export type HttpOptions = Partial<HttpLimits> & {
  /** `none` when left out, which is refused on other addresses than those of loopback. */
  readonly login?: LoginOptions
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
}

/**
 * A request arrives in far less than 15 s unless somebody holds it back on purpose. 20 s to answer
 * outlasts the timeouts of the database. Load balancers drop an idle connection after 60 s, and
 * the side that reuses a connection must be the first to close it: hence 72 s here.
 */
export const httpLimits: HttpLimits = {
  bodyBytesMax: 64 * 1024,
  headerBytesMax: 16 * 1024,
  waitMsMax: 60_000,
  waitsMax: 10_000,
  streamsMax: 1_000,
  streamsOfOneMax: 50,
  streamMsMax: 900_000,
  connectionsMax: 20_000,
  requestMsMax: 15_000,
  answerMsMax: 20_000,
  idleMsMax: 72_000,
  requestsMax: 0,
  startsMax: 0,
  verbsMax: 0,
  readsMax: 0,
  trustedProxies: [],
  stopMsMax: 10_000,
}
