// How each fault is made and what in particular must hold under it, as docs/reliability.md tells
// it. Whatever the fault: nothing is lost, nothing takes effect twice, and every saga ends.

export type FaultText = { readonly how: string; readonly holds: string }

const throughProxy = 'in the proxies between one process, or all, and'

const network = (server: string): Readonly<Record<string, FaultText>> => {
  const key = server === 'Kafka' ? 'kafka' : 'postgres'
  const where = `${throughProxy} ${server}`
  return {
    [`${key}.slow`]: {
      how: `0.4 to 3 s of delay for every answer, ${where}`,
      holds: 'Slow is not lost: what was given up on is sent again and recognised.',
    },
    [`${key}.cut`]: {
      how: `Connections cut and new ones refused, ${where}`,
      holds: 'A partition of the network: the others take over, and the lost one finds back.',
    },
    [`${key}.reset`]: {
      how: `Every connection reset, again and again, ${where}`,
      holds: 'What was under way counts as unknown, and is asked or sent again.',
    },
    [`${key}.torn`]: {
      how: `Each connection cut after 100 to 8,000 bytes one way, ${where}`,
      holds:
        server === 'Kafka'
          ? 'Half a record is none; a publication is done when every partition said so.'
          : 'A commit whose answer is lost is unknown: the work is safe to run again.',
    },
    [`${key}.half-open`]: {
      how: `What is sent arrives, the answers do not come, ${where}`,
      holds: 'What was carried out without an answer is repeated, and takes effect once.',
    },
    [`${key}.black-hole`]: {
      how: `Nothing gets through in either direction, and nothing says so, ${where}`,
      holds: 'Every wait has its limit; nobody waits for the silent one.',
    },
  }
}

export const faultTable: Readonly<Record<string, FaultText>> = {
  'process.killed': {
    how: 'SIGKILL for one of the seven, started again after 0 to 4 s',
    holds: 'Its partitions go to the other one; what it had committed is published.',
  },
  'processes.both-killed': {
    how: 'SIGKILL for both orchestrators, or both services of a kind, at once',
    holds: 'Nobody is left to take over: everything waits, and goes on.',
  },
  'process.ended-in-order': {
    how: 'SIGTERM for one of the seven, then its next start, as in a deployment',
    holds: 'It finishes what it has begun, and hands its partitions on.',
  },
  'process.frozen': {
    how: 'SIGSTOP for 1 to 12 s, then SIGCONT: beyond its session as well',
    holds: 'One that wakes up and still believes in its partitions does no harm.',
  },
  'clock.stepped': {
    how: 'The clock of one process jumps ten minutes ahead or back, and back again',
    holds: 'Deadlines go by the clock of Postgres; waits by one that does not jump.',
  },
  'broker.killed': {
    how: 'SIGKILL for one broker of three, started again after 0.5 to 20 s',
    holds: 'Two replicas are in sync: what was confirmed is still there.',
  },
  'broker.frozen': {
    how: 'SIGSTOP for one broker for 1 to 20 s, then SIGCONT',
    holds: 'A leader that was replaced meanwhile confirms nothing.',
  },
  'brokers.all-killed': {
    how: 'SIGKILL for all three, started again after 0.5 to 4 s',
    holds: 'Starts are taken meanwhile, and published afterwards.',
  },
  'brokers.rolled': {
    how: 'Each broker ended in order and started again, one after the other',
    holds: 'An upgrade of Kafka needs no pause of the system.',
  },
  'leaders.moved': {
    how: 'Every partition of a busy topic led by another broker, all being up, one to four times',
    holds: 'No record on its way is skipped.',
  },
  'postgres.restarted': {
    how: 'A fast shutdown and a start after 0 to 4 s',
    holds: 'Starts are refused with 503 meanwhile; nothing is answered that is not committed.',
  },
  'postgres.shut-down-at-once': {
    how: 'SIGQUIT: an immediate shutdown, so that it must recover',
    holds: 'As above; a commit without an answer is there or not, and both are right.',
  },
  'postgres.backend-killed': {
    how: 'SIGKILL for one backend: the server ends all others and recovers',
    holds: 'As above, for every process at the same moment.',
  },
  'postgres.frozen': {
    how: 'SIGSTOP for every process of the server for 0.5 to 4 s',
    holds: 'As for a black hole, for all at once.',
  },
  'postgres.sessions-ended': {
    how: '`pg_terminate_backend` for every session of the system',
    holds: 'Whatever was under way is done again on new connections.',
  },
  'postgres.rows-locked': {
    how: 'A transaction locks living sagas or a table and sits idle for 2 to 6 s',
    holds: 'Statements give up after 2 s, and their work is done again.',
  },
  'postgres.connections-used-up': {
    how: 'Strangers take every connection, and the sessions of the system are ended',
    holds: 'No connection is no failure of a command: it is tried again.',
  },
  'postgres.disk-full': {
    how: "Every byte of the disk of the payments' database is taken (a tmpfs) for 1.5 to 5 s",
    holds: 'No room is no failure of a command: it is tried again.',
  },
  ...network('Kafka'),
  ...network('Postgres'),
  'records.duplicated': {
    how: 'The last 100 records of each partition of a topic, one to three times again',
    holds: 'The fence answers as before, and an answer that nobody waits for moves nothing.',
  },
  'records.poisoned': {
    how: 'Unreadable, malformed, empty and foreign records on five topics, each marked',
    holds: 'Each is a dead letter, and nothing else is one.',
  },
  'group.storm': {
    how: 'Three to six strangers join a group of the system and leave, one after the other',
    holds: 'Two rebalances each; records in hand are not handled twice with effect.',
  },
}
