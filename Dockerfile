# One image for every program of the example: the orchestrator and both services. Node runs the
# TypeScript as it is, so only the dashboard is built here; docker-compose.yml says which program starts.
FROM node:24.21.0-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund

FROM node:24.21.0-slim AS dashboard
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY orchestrator/client orchestrator/client
COPY local/dashboard-build.ts local/
COPY dashboard dashboard
RUN node -e "import('./local/dashboard-build.ts').then((built) => built.buildDashboard())"

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
COPY --from=dashboard /app/dashboard/dist dashboard/dist
# By number: Kubernetes must see that it is not root.
USER 1000:1000
CMD ["node", "orchestrator/main.ts"]
