# One image for both kinds of process: `node src/main.ts` (API) and `node workers/main.ts` (workers).

FROM node:24-slim AS console
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY web web
RUN node web/build.ts

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Leaves the npm package `node` out too: here the runtime is the image's own.
RUN npm ci --omit=dev && npm cache clean --force
COPY profiles profiles
COPY src src
COPY workers workers
COPY --from=console /app/dist/web dist/web
USER node
EXPOSE 8080
CMD ["node", "src/main.ts"]
