// The import law as data: which room of the house may import from which, and where each library
// lives. docs/ARCHITECTURE.md tells it in words; check-imports.ts applies it.

export type Rule = {
  /** Paths that the rule is about. The first rule whose `from` fits is the file's rule. */
  readonly from: RegExp
  /** What such a file may import; its own folder is written out as well. */
  readonly may: RegExp
  /** What it may import for its types only, beside that. */
  readonly mayTypes?: RegExp
}

export const rules: readonly Rule[] = [
  { from: /^messaging\//, may: /^messaging\// },
  { from: /^participant\//, may: /^(messaging|participant)\// },
  // Pure: what it runs of the messaging kit is the error table, the check of a schema and the
  // names of topics.
  {
    from: /^orchestrator\/definition\//,
    may: /^(orchestrator\/(definition\/|errors\.ts)|messaging\/(errors|check|contract|sensitive|topics)\.ts)/,
    mayTypes: /^messaging\/message\.ts/,
  },
  // Pure: what it runs of the messaging kit is `invariant` and the class of errors.
  {
    from: /^orchestrator\/engine\//,
    may: /^(orchestrator\/((definition|engine)\/|errors\.ts)|messaging\/errors\.ts)/,
    mayTypes: /^messaging\/(message|contract)\.ts/,
  },
  {
    from: /^orchestrator\/store\//,
    may: /^(messaging\/|orchestrator\/((definition|engine|store)\/|errors\.ts))/,
  },
  {
    from: /^orchestrator\/lifecycle\//,
    may: /^(messaging\/|orchestrator\/((definition|engine|lifecycle)\/|errors\.ts))/,
    mayTypes: /^orchestrator\/store\/history-entry\.ts/,
  },
  {
    from: /^orchestrator\/coordinator\//,
    may: /^(messaging\/|orchestrator\/((definition|engine|store|lifecycle|coordinator)\/|(errors|points)\.ts))/,
  },
  // The read model follows the sagas, and bulk jobs tell them verbs by a function that is given in.
  {
    from: /^orchestrator\/search\//,
    may: /^(messaging\/|orchestrator\/((search|definition|engine|store)\/|errors\.ts))/,
  },
  // Counts what the lifecycle events tell.
  {
    from: /^orchestrator\/stats\//,
    may: /^(messaging\/|orchestrator\/((stats|engine|store)\/|errors\.ts))/,
  },
  // Keeps what services log about sagas.
  {
    from: /^orchestrator\/logs\//,
    may: /^(messaging\/|orchestrator\/((logs|definition|store|lifecycle)\/|errors\.ts))/,
  },
  // Hands the lifecycle events to both of them.
  {
    from: /^orchestrator\/follow\//,
    may: /^(messaging\/|orchestrator\/((follow|search|stats|store|lifecycle)\/|errors\.ts))/,
  },
  // Makes, archives and drops the parts of the history; reads archives.
  {
    from: /^orchestrator\/retention\//,
    may: /^(messaging\/|orchestrator\/((retention|definition|engine|store)\/|errors\.ts))/,
  },
  {
    from: /^orchestrator\/bulk\//,
    may: /^(messaging\/|orchestrator\/((bulk|definition|engine|store)\/|(errors|points)\.ts))/,
  },
  { from: /^orchestrator\/http\/errors\.ts/, may: /^messaging\// },
  {
    from: /^orchestrator\/http\//,
    may: /^(messaging\/|orchestrator\/((definition|engine|store|coordinator|http)\/|errors\.ts))/,
    mayTypes: /^orchestrator\/(bulk|retention|stats)\//,
  },
  // For browsers as well: it knows what is in the OpenAPI document, and nothing else.
  { from: /^orchestrator\/client\//, may: /^orchestrator\/client\// },
  // Looks at rows and topics as they are, and judges them by the engine.
  {
    from: /^orchestrator\/audit\//,
    may: /^(messaging\/|orchestrator\/((definition|engine|store|lifecycle|audit)\/|errors\.ts))/,
  },
  // Speaks to a participant as an orchestrator would, and knows of it what is on the wire.
  { from: /^orchestrator\/certify\//, may: /^(messaging\/|orchestrator\/(certify\/|errors\.ts))/ },
  // Kafka and Postgres on this machine, for `sagaline dev`.
  {
    from: /^orchestrator\/cli\/dev\//,
    may: /^(messaging\/|orchestrator\/((cli|client)\/|errors\.ts)|local\/local-parts\.ts)/,
  },
  // Never the coordinator: what it does to sagas goes over REST.
  {
    from: /^orchestrator\/cli\//,
    may: /^(messaging\/|orchestrator\/((audit|certify|cli|client|definition|lifecycle|retention|store)\/|(errors|load-definitions|migrate-orchestrator)\.ts))/,
  },
  // Speaks REST only, by the typed client.
  { from: /^dashboard\//, may: /^(dashboard\/|orchestrator\/client\/index\.ts)/ },
  {
    from: /^orchestrator\/(errors|points)\.ts/,
    may: /^(messaging\/|orchestrator\/http\/errors\.ts)/,
  },
  {
    from: /^orchestrator\/config\.ts/,
    may: /^(messaging\/|orchestrator\/(access|link)-fields\.ts)/,
  },
  { from: /^orchestrator\//, may: /^(messaging|orchestrator)\// },
  { from: /^testing\//, may: /^(messaging|participant|orchestrator|testing)\// },
  { from: /^services\/contracts\//, may: /^(services\/contracts\/|participant\/index\.ts)/ },
  {
    from: /^services\/place-order\//,
    may: /^(services\/(place-order|contracts)\/|(orchestrator|participant)\/index\.ts)/,
  },
  // Shows an example beside everything else.
  {
    from: /^services\/demo\/full\//,
    may: /^(services|local)\/|^(orchestrator|participant)\/index\.ts|^examples\/choreography\/show-choreography\.ts/,
  },
  // They run everything as processes of their own, on the local parts.
  {
    from: /^services\/(demo|system)\//,
    may: /^(services|local)\/|^(orchestrator|participant)\/index\.ts/,
  },
  // Puts the contracts of all services and the orchestrator's events into one document.
  {
    from: /^services\/asyncapi\//,
    may: /^services\/(asyncapi|contracts)\/|^(orchestrator|participant)\/index\.ts/,
  },
  {
    from: /^services\/([\w-]+)\//,
    may: /^(services\/($1|contracts|shared)\/|services\/errors\.ts|participant\/index\.ts)/,
  },
  { from: /^services\//, may: /^(services\/|participant\/index\.ts)/ },
  { from: /^local\//, may: /^local\// },
  // Reads the documents, and nothing of the code.
  { from: /^site\//, may: /^site\// },
  // Measures from outside, counts rows by SQL, and writes poison onto topics.
  {
    from: /^bench\//,
    may: /^((bench|local|services)\/|messaging\/(db|kafka\/(load-kafkajs|within))\.ts|participant\/index\.ts)/,
  },
  // As a user's own sagas: they see the doors only.
  // Runs by one command, on the local parts.
  {
    from: /^examples\/choreography\/main\.ts/,
    may: /^(examples\/choreography\/|local\/local-parts\.ts|participant\/index\.ts)/,
  },
  { from: /^examples\//, may: /^((orchestrator|participant|testing)\/index\.ts$|examples\/)/ },
  { from: /^test\//, may: /^/ },
  { from: /^docs\//, may: /^docs\// },
]

/** Where each library lives; what is not named here may not be imported by the product. */
export const homes: Readonly<Record<string, RegExp>> = {
  kafkajs: /^messaging\/kafka\//,
  pg: /^messaging\/(db|pg-pool|session-lock)\.ts$/,
  'node-pg-migrate': /^messaging\/migrate\.ts$/,
  '@opentelemetry/api': /^messaging\/open-telemetry\.ts$/,
  'prom-client': /^messaging\/metrics\.ts$/,
  pino: /^messaging\/log\.ts$/,
  jose: /^orchestrator\/http\/access\//,
  uuid: /^(messaging\/clock|dashboard\/api\/asked)\.ts$/,
  'secure-json-parse':
    /^(messaging\/(envelope|encrypted-fields|dead-letter-view)\.ts$|orchestrator\/http\/)/,
  // Examples write statecharts, as users do.
  xstate: /^(orchestrator\/(definition|engine)|examples)\//,
  fastify: /^orchestrator\/http\//,
  '@fastify/fast-json-stringify-compiler': /^orchestrator\/http\//,
  '@fastify/swagger': /^orchestrator\/http\//,
  '@fastify/type-provider-typebox': /^orchestrator\/http\//,
  '@fastify/swagger-ui': /^orchestrator\/http\//,
  '@fastify/static': /^orchestrator\/http\//,
  'eventsource-parser': /^orchestrator\/client\//,
  '@dagrejs/dagre': /^orchestrator\/cli\/definitions\//,
  typebox:
    /^(messaging\/(check|contract|sensitive|encrypted-fields)\.ts$|participant\/|orchestrator\/(definition|lifecycle|http)\/|services\/|examples\/)/,
}

/** Bundled into the dashboard when it is built, so nobody installs them. */
export const bundled: Readonly<Record<string, RegExp>> = {
  react: /^dashboard\//,
  'react-dom': /^dashboard\/main\.tsx$/,
  wouter: /^dashboard\//,
  '@tanstack/react-query': /^dashboard\//,
  '@tanstack/react-virtual': /^dashboard\/sagas\//,
  '@xyflow/react': /^dashboard\/chart\//,
  elkjs: /^dashboard\/chart\//,
  uplot: /^dashboard\/overview\//,
}
