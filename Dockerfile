# syntax=docker/dockerfile:1

# What `node` in package.json pins for everybody else.
FROM node:24.21.0-trixie-slim AS base
WORKDIR /opt/daybook

# What the program needs at run time, and nothing else: Node comes with the image, PostgreSQL is another
# container's.
FROM base AS dependencies
ENV NODE_ENV=production
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --no-audit --no-fund

FROM base
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=3000 \
    DAYBOOK_DATA=/var/lib/daybook
COPY --from=dependencies /opt/daybook/node_modules node_modules
COPY package.json ./
COPY bin bin
COPY mappings mappings
COPY migrations migrations
COPY src src
RUN ln -s /opt/daybook/bin/daybook /usr/local/bin/daybook \
    && install --directory --owner=node --group=node --mode=700 /var/lib/daybook
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# It ends by SIGTERM, within 20 s: give it 30 before it is killed.
CMD ["node", "src/start.ts"]
