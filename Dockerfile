# One gateway and nothing else: no simulator, no demo, no test, no embedded database. Node comes with the image, so the
# `node` package of package.json stays out with all other development dependencies.
FROM node:24.21.0-bookworm-slim

WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts && npm cache clean --force

COPY src ./src
COPY adapters ./adapters
COPY migrations ./migrations
COPY fhir-profiles ./fhir-profiles

# The only places it writes to; everything else can be mounted read-only.
RUN mkdir -p /var/lib/postern/checkpoints /var/lib/postern/spill && chown -R node:node /var/lib/postern
VOLUME /var/lib/postern/checkpoints /var/lib/postern/spill
USER node

ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    POSTERN_STATE_DIR=/tmp/postern \
    AUDIT_CHECKPOINT_DIR=/var/lib/postern/checkpoints \
    TOKEN_SPILL_DIR=/var/lib/postern/spill
EXPOSE 8080

# The operator's listener is on loopback, plain HTTP, and not published.
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.OPERATOR_PORT || 9464}/readyz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]

CMD ["node", "src/start.js", "gateway"]
