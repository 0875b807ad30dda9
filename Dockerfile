# syntax=docker/dockerfile:1
# One image for every service: `docker run IMAGE ingest-gateway`, `… pii-scrubber`, `… setup`. It runs as nobody in particular (uid 10001), writes
# nowhere but to /tmp and the volumes of spool and archive, and so works with --read-only --tmpfs /tmp. See docs/deploy.md.

FROM node:24.21.0-bookworm-slim AS build
RUN npm install --global pnpm@12.21.0
WORKDIR /app
# What is installed depends on the lock file only, so that changed sources do not fetch anything again.
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./
COPY packages/stream-runtime/patches packages/stream-runtime/patches
RUN pnpm fetch --prod
COPY . .
RUN pnpm install --offline --prod --frozen-lockfile --filter "{./services/*}..." --filter "@fineprint/setup..."

FROM node:24.21.0-bookworm-slim
RUN apt-get update && apt-get install --yes --no-install-recommends curl && rm -rf /var/lib/apt/lists/*
RUN install --directory --owner 10001 --group 10001 --mode 0700 /var/lib/fineprint/spool /var/lib/fineprint/archive /var/lib/fineprint/people
COPY --from=build /app /app
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3007 HOME=/tmp
USER 10001:10001
EXPOSE 3007
HEALTHCHECK --interval=30s --timeout=10s --retries=3 --start-period=30s CMD curl -fsS "http://localhost:${PORT}/health"
# The same arguments as everywhere else: infra/stack/src/service-args.ts.
ENTRYPOINT ["node", "--disable-warning=TimeoutNegativeWarning", "--max-old-space-size=320", "infra/image/run.ts"]
