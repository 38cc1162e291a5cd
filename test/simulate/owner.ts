// Whose a step is: a simulated process, from its start to its end. A process that is started again
// is a new owner, so that nothing of the old one can reach into it.

export class Owner {
  readonly name: string
  isDead = false
  /** Stopped as by SIGSTOP: its steps wait until then. */
  pausedUntilMs = 0
  /** How far its clock is from the true time. */
  skewMs = 0

  constructor(name: string) {
    this.name = name
  }
}
