# One image for every program of the example: the orchestrator and both services. Node runs the
# TypeScript as it is, so nothing is built here; docker-compose.yml says which program starts.
FROM node:24.21.0-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund

FROM node:24.21.0-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json ./
COPY migrations migrations
COPY messaging messaging
COPY participant participant
COPY orchestrator orchestrator
COPY services services
USER node
CMD ["node", "orchestrator/main.ts"]
