// What the environment says about the demo's own output. Kafka, Postgres and the services have
// settings of their own.

export const demoConfig = Object.freeze({
  /** NO_COLOR, set to anything: no colours on a terminal either. */
  isPlain: (process.env.NO_COLOR ?? '') !== '',
})
