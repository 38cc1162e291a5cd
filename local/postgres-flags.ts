/** The settings of a local Postgres, the same for a process and a container. */
export const postgresFlags: readonly string[] = [
  // Said outright because durability is measured: some images and test set-ups turn these off.
  ...['-c', 'fsync=on', '-c', 'synchronous_commit=on', '-c', 'full_page_writes=on'],
  // Four pools (orchestrator twice, two participants) and what tests add.
  ...['-c', 'max_connections=200'],
]
